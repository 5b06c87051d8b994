import type { ErrorCode } from "../../core/error-codes.ts";
import { errorStatus, retryAfterSeconds } from "../../core/error-status.ts";
import { InhouseError, isInhouseError } from "../../core/error.ts";
import { inWireNames } from "./wire-names.ts";

/** An error of the gateway's own, that no client made: a wrong method, a key that is missing, a body that is too large. */
export interface Refusal {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The field of the request that is wrong. */
  readonly param?: string;
  /** OpenAI's word for it, where it has one. */
  readonly code?: string;
}

const refusals = new WeakMap<InhouseError, Refusal>();

/** An error with its status and what else OpenAI's form has. */
export function refusal(code: ErrorCode, message: string, about: Refusal & { readonly hint?: string }): InhouseError {
  const { hint = "", ...rest } = about;
  const error = new InhouseError(code, message, { hint, status: about.status, retryable: about.status === 429 });
  refusals.set(error, rest);
  return error;
}

/** An `invalid-request` about one field of a body. */
export const wrongField = (param: string, what: string, hint?: string): InhouseError =>
  refusal("invalid-request", `${param}: ${what}.`, { status: 400, param, ...(hint === undefined ? {} : { hint }) });

/** An error of the program that the gateway stands in: its words are for the caller, whatever its code. */
export function inOwnWords(error: InhouseError): InhouseError {
  const status = { auth: 401, forbidden: 403 }[error.code as string] ?? errorStatus(error);
  refusals.set(error, { status });
  return error;
}

/** What OpenAI calls some of them, and its clients look for. */
const openaiCodes: Readonly<Partial<Record<ErrorCode, string>>> = {
  "context-length": "context_length_exceeded",
  "not-found": "model_not_found",
  "rate-limit": "rate_limit_exceeded",
};

/** Errors between the gateway and its server: their words name addresses and certificates that are not the caller's business. */
const behind: Readonly<Partial<Record<ErrorCode, string>>> = {
  auth: "The model server refused the gateway's key.",
  forbidden: "The model server refused the gateway's key.",
  connect: "The model server cannot be reached.",
  dns: "The model server cannot be reached.",
  tls: "The model server cannot be reached safely.",
  redirect: "The model server is not where it should be.",
  reset: "The connection to the model server was lost.",
  protocol: "The model server's reply was not understood.",
  truncated: "The model server's reply ended without its end.",
  unavailable: "No model server could answer.",
  closed: "The gateway is being closed.",
  "not-found": "The model server does not have this model.",
};

/** An error as it is sent. */
export interface ErrorReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly error: Readonly<Record<string, unknown>> };
}

/** Any error as one of ours; what is none is a mistake of the program, and its words are not sent. */
export function errorOf(thrown: unknown): InhouseError {
  if (isInhouseError(thrown)) return thrown;
  const error = new InhouseError("server", "The gateway failed.", {
    cause: thrown,
    hint: "Its operator has the record of it.",
  });
  refusals.set(error, { status: 500 });
  return error;
}

/** An error in OpenAI's form, with our `hint` beside; where it is about a field, in the words of the wire. */
export function errorReply(error: InhouseError): ErrorReply {
  const own = refusals.get(error);
  const status = own?.status ?? errorStatus(error);
  const hidden = own ? undefined : behind[error.code];
  const message = hidden ?? (own ? error.message : inWireNames(error.message));
  const field = /^([\w.[\]]+): /.exec(message)?.[1];
  const seconds = retryAfterSeconds(error);
  return {
    status,
    headers: {
      // The client behind has tried again already: OpenAI's own clients heed this, and would else send it three times.
      ...(seconds === undefined ? { "x-should-retry": "false" } : { "retry-after": String(seconds) }),
      ...own?.headers,
    },
    body: {
      error: {
        message,
        type: typeOf(status),
        param: own?.param ?? (status === 400 && field !== undefined ? field : null),
        code: own?.code ?? openaiCodes[error.code] ?? error.code.replaceAll("-", "_"),
        ...hintOf(error, own !== undefined, hidden !== undefined),
      },
    },
  };
}

function hintOf({ code, hint }: InhouseError, isOwn: boolean, isHidden: boolean): { readonly hint?: string } {
  if (isHidden) return code === "not-found" ? { hint: "GET /v1/models lists those that there are." } : {};
  if (hint === "") return {};
  return { hint: isOwn ? hint : inWireNames(hint) };
}

/** An error as a response in OpenAI's form. */
export function errorResponse(error: InhouseError, id: string): Response {
  const { status, headers, body } = errorReply(error);
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", "x-request-id": id, ...headers },
  });
}

function typeOf(status: number): string {
  if (status === 401) return "authentication_error";
  if (status === 403) return "permission_error";
  if (status === 429) return "rate_limit_error";
  return status < 500 ? "invalid_request_error" : "server_error";
}
