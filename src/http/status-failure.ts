import { cleanText } from "../core/clean-text.ts";
import type { ErrorCode } from "../core/error-codes.ts";
import { InhouseError, type ErrorDetails } from "../core/error.ts";
import type { HttpResponse } from "../core/transport.ts";
import { deviceFailure } from "./device-failure.ts";
import { isObject, objectOf, stringOf, type JsonObject } from "./json.ts";

/** What a server reported, in a reply of status 400 and up or inside a stream. */
export interface ErrorReport {
  /** The HTTP status, or the code that the report itself names. */
  readonly status: number;
  /** The server's words, not yet cleaned. */
  readonly message: string;
  /** The report as sent, where it was a JSON object. */
  readonly body: JsonObject;
}

/** A dialect's reading of a report, where it knows better than the status does. */
export type Classify = (report: ErrorReport) => Reading | undefined | Promise<Reading | undefined>;

/** What a report means: a code, and whatever else it tells. */
export type Reading = { readonly code: ErrorCode } & ErrorDetails;

/** Most bytes of an error body that are read, and for how long it is waited for. */
const maxReportBytes = 65_536;
const maxReportMs = 1_000;

/** Reads the body of a failed reply, within bounds, and turns it into an error; the status decides what it does not say. */
export async function statusFailure(
  response: HttpResponse,
  place: string,
  classify: Classify,
  secrets?: readonly string[],
): Promise<InhouseError> {
  const { status, headers } = response;
  if (status >= 300 && status < 400) {
    response.release();
    const location = originOf(headers["location"]);
    return new InhouseError("redirect", `${place} answered with a redirect (${status})${location}.`, { status });
  }
  const text = await readReport(response);
  const report = readErrorReport(text, status);
  const retryAfterMs = retryAfter(headers["retry-after-ms"], headers["retry-after"]);
  return reportFailure(report, place, classify, {
    secrets,
    details: { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
  });
}

/** Turns a report into an error: the dialect's reading where it has one, else the status's. */
export async function reportFailure(
  report: ErrorReport,
  place: string,
  classify: Classify,
  more: {
    readonly secrets?: readonly string[] | undefined;
    readonly details?: ErrorDetails;
    readonly fallback?: ErrorCode;
  } = {},
): Promise<InhouseError> {
  const { code, ...known } = (await classify(report)) ?? byStatus(report, more.fallback);
  const words = cleanText(report.message, 400, more.secrets);
  const message = words === "" ? `${place} answered with status ${report.status}.` : `${place}: ${words}`;
  return new InhouseError(code, message, { ...more.details, ...known });
}

/** The error of a body that no model server sends. */
export function unexpectedBody(place: string, compressed: boolean): InhouseError {
  if (compressed) {
    return new InhouseError("protocol", `${place} sent a compressed reply although none was asked for.`, {
      retryable: false,
      hint: "Switch compression off for this path in the proxy before the server.",
    });
  }
  return new InhouseError("protocol", `${place} answered with an HTML page.`, {
    retryable: false,
    hint: "A web server, a login page or a proxy answers there: check baseURL.",
  });
}

/** The error that a reply of status 200 reported inside itself; before any content, the one that its code stands for. */
export function reportedFailure(
  report: JsonObject,
  place: string,
  begun: boolean,
  classify: Classify,
  secrets: readonly string[],
): Promise<InhouseError> {
  const code = Number(objectOf(report["error"])["code"] ?? Number.NaN);
  const asStatus = !begun && code >= 400 && code < 600;
  return reportFailure(errorReport(report, Number.isInteger(code) ? code : 200), place, classify, {
    secrets,
    ...(asStatus ? {} : { fallback: "stream-error" }),
  });
}

/** Finds the server's words in any of the shapes that servers use for errors. */
export function readErrorReport(text: string, status: number): ErrorReport {
  if (/^\s*<(!doctype|html)/i.test(text)) {
    return { status, message: `status ${status} with an HTML page, probably from a proxy`, body: {} };
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { status, message: text, body: {} };
  }
  if (!isObject(parsed)) return { status, message: typeof parsed === "string" ? parsed : text, body: {} };
  return errorReport(parsed, status);
}

/** Finds them in an object. */
function errorReport(parsed: JsonObject, status: number): ErrorReport {
  const error = objectOf(parsed["error"]);
  const detail = parsed["detail"];
  const message =
    stringOf(error["message"]) ??
    stringOf(parsed["error"]) ??
    stringOf(parsed["message"]) ??
    stringOf(detail) ??
    (detail === undefined ? "" : jsonOf(detail));
  // Ollama 0.34.2 passes llama-server's report on as the text of its own.
  if (message.startsWith('{"error":{')) return readErrorReport(message, status);
  return { status, message, body: parsed };
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return ""; // nested so deep that it has no text; the status still says what it is
  }
}

/** A proxy's time limit (408, 504) says nothing against another try; ours does, since the server may still be at work. */
function byStatus({ status, message }: ErrorReport, fallback?: ErrorCode): Reading {
  const code = fallback ?? codeOfStatus(status);
  if (code === "timeout") return { code, retryable: true };
  const itself = code === "stream-error" || status >= 500; // a refusal may quote the caller's own words
  return { code, ...(itself ? deviceFailure(message) : undefined) };
}

function codeOfStatus(status: number): ErrorCode {
  const exact: Readonly<Record<number, ErrorCode>> = {
    400: "invalid-request",
    401: "auth",
    403: "forbidden",
    404: "not-found",
    405: "not-found",
    408: "timeout",
    413: "too-large",
    429: "rate-limit",
    501: "unsupported",
    502: "overloaded",
    503: "overloaded",
    504: "timeout",
    529: "overloaded",
  };
  return exact[status] ?? (status >= 500 ? "server" : "invalid-request");
}

async function readReport(response: HttpResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const late = setTimeout(() => response.destroy(), maxReportMs);
  try {
    for await (const chunk of response.body) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= maxReportBytes) break;
    }
  } catch {
    // The status has been received, and it decides; a body that breaks off takes only the server's words with it.
  } finally {
    clearTimeout(late);
  }
  return new TextDecoder().decode(Buffer.concat(chunks).subarray(0, maxReportBytes));
}

/** `Retry-After` in seconds or as a date, `retry-after-ms` in milliseconds; unreadable or negative means absent. */
function retryAfter(ms: unknown, seconds: unknown): number | undefined {
  if (typeof ms === "string" && /^\d{1,12}$/.test(ms)) return Number(ms);
  if (typeof seconds !== "string") return undefined;
  if (/^\d{1,9}(\.\d+)?$/.test(seconds)) return Math.round(Number(seconds) * 1000);
  const date = /[a-z]/i.test(seconds) ? Date.parse(seconds) - Date.now() : Number.NaN;
  return date > 0 ? date : undefined;
}

function originOf(location: unknown): string {
  if (typeof location !== "string" || !URL.canParse(location)) return "";
  return ` to ${new URL(location).origin}`;
}
