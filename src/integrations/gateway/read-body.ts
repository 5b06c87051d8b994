import type { InhouseError } from "../../core/error.ts";
import type { BodyFields } from "./body-fields.ts";
import { refusal } from "./gateway-error.ts";

/** Bounds on what a caller sends. */
export interface BodyBounds {
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/** Deepest nesting of a body: schemas of tools have some, and nothing has more. */
const deepest = 64;

/** The whole body; throws 413 where it is too large, and 408 where it does not come. */
export async function readBody(
  request: Request,
  { maxBytes, timeoutMs }: BodyBounds,
): Promise<Uint8Array<ArrayBuffer>> {
  const encoding = request.headers.get("content-encoding");
  if (encoding !== null && encoding !== "identity") {
    throw refusal("invalid-request", "The body is compressed.", { status: 415, hint: "Send it as it is." });
  }
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const reader = request.body?.getReader();
  if (!reader) return new Uint8Array();
  const pieces: Uint8Array[] = [];
  let size = 0;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooSlow(timeoutMs)), timeoutMs);
  });
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late]);
      if (done) break;
      size += value.byteLength;
      if (size > maxBytes) throw tooLarge(maxBytes);
      pieces.push(value);
    }
  } catch (error) {
    void reader.cancel(error).catch(() => undefined); // what is left of it is not read
    throw error;
  } finally {
    clearTimeout(timer);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}

/** The fields of a JSON body; throws 400 or 415 for anything else. */
export async function readJson(request: Request, bounds: BodyBounds): Promise<BodyFields> {
  if (mediaType(request) !== "application/json") {
    throw refusal("invalid-request", "The body is to be JSON, and its content-type to say so.", {
      status: 415,
      hint: "Send content-type: application/json.",
    });
  }
  const bytes = await readBody(request, bounds);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw malformed("The body is not JSON.");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw malformed("The body is JSON, and no object.");
  }
  checkShape(value);
  return value as BodyFields;
}

/** The media type that a request says its body has, without its parameters. */
export const mediaType = (request: Request): string =>
  (request.headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";

/** A key that would become a prototype somewhere, and nesting that would overflow a stack somewhere, end here. */
function checkShape(body: object): void {
  let level: readonly object[] = [body];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > deepest) throw malformed(`The body is nested deeper than ${deepest} levels.`);
    const next: object[] = [];
    for (const entry of level) {
      if (Object.hasOwn(entry, "__proto__")) throw malformed('The body has a key "__proto__".');
      for (const value of Object.values(entry) as unknown[]) {
        if (typeof value === "object" && value !== null) next.push(value);
      }
    }
    level = next;
  }
}

const malformed = (message: string): InhouseError => refusal("invalid-request", message, { status: 400 });

const tooLarge = (maxBytes: number): InhouseError =>
  refusal("too-large", `The body is larger than ${maxBytes} bytes.`, {
    status: 413,
    hint: "Send less; the operator's maxBodyBytes is the bound.",
  });

const tooSlow = (timeoutMs: number): InhouseError =>
  refusal("timeout", `The body did not arrive within ${timeoutMs} ms.`, { status: 408 });
