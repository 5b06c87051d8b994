import type { ErrorCode } from "../core/error-codes.ts";
import { InhouseError, isInhouseError } from "../core/error.ts";
import type { HttpRequest } from "../core/transport.ts";

/** How far a request had come. */
export type Phase = "connect" | "headers" | "body";

/** Where a request goes. */
export type RequestPlace = Pick<HttpRequest, "origin" | "path">;

/** What an error of the system says, in words. */
interface KnownFailure {
  readonly code: ErrorCode;
  readonly words: string;
  readonly hint?: string;
  /** Default: the table's. */
  readonly retryable?: boolean;
}

const knownFailures: Readonly<Record<string, KnownFailure>> = {
  ECONNREFUSED: { code: "connect", words: "the connection was refused" },
  EHOSTUNREACH: { code: "connect", words: "the host cannot be reached" },
  ENETUNREACH: { code: "connect", words: "the network cannot be reached" },
  ETIMEDOUT: { code: "connect", words: "the host did not answer" },
  ENOENT: { code: "connect", words: "the Unix socket does not exist" },
  EACCES: { code: "connect", words: "the connection is not permitted" },
  ENOTFOUND: { code: "dns", words: "the name does not resolve" },
  EAI_AGAIN: { code: "dns", words: "the name server does not answer" },
  EPROTO: {
    code: "tls",
    words: "the other side does not speak TLS",
    hint: "Use http:// in baseURL if the server has no TLS.",
  },
  ERR_SSL_WRONG_VERSION_NUMBER: {
    code: "tls",
    words: "the other side does not speak TLS",
    hint: "Use http:// in baseURL if the server has no TLS.",
  },
  UND_ERR_HEADERS_OVERFLOW: { code: "limit", words: "the reply's headers are too large" },
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: { code: "truncated", words: "the reply is shorter than it announced" },
};

/** Certificate errors have many codes; all of them have one of these forms. */
const certificateCode = /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;
/** Bytes that are no HTTP. */
const parserCode = /^(HPE_|UND_ERR_RESPONSE|UND_ERR_BAD_TRAILER)/;

/** Turns what undici or the operating system reports into an error of the table. */
export function connectionFailure(error: Error, request: RequestPlace, phase: Phase): InhouseError {
  if (isInhouseError(error)) return error;
  const systemCode = codeOf(error);
  const { code, words, hint, retryable } = knownFailures[systemCode] ?? byForm(systemCode, error, phase);
  const where = phase === "connect" ? request.origin : `${request.origin}${request.path}`;
  const doing = { connect: "No connection to", headers: "No reply from", body: "The reply broke off:" }[phase];
  return new InhouseError(code, `${doing} ${where}: ${words}.`, {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
    ...(retryable === undefined ? {} : { retryable }),
  });
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}

function byForm(systemCode: string, error: Error, phase: Phase): KnownFailure {
  if (certificateCode.test(systemCode)) return { code: "tls", words: `its certificate was refused (${systemCode})` };
  // undici 7.30 gives its parser's errors no code.
  if (parserCode.test(systemCode) || error.name === "HTTPParserError") {
    return {
      code: "protocol",
      words: "it is not an HTTP reply",
      hint: "Does the port belong to the model server? A TLS port answers so to http://.",
      ...(phase === "headers" ? { retryable: false } : {}),
    };
  }
  // undici 7.30 skips informational replies but for this one, at which it closes the connection.
  if (error.message === "bad response") {
    return { code: "protocol", words: "it said 100 Continue, which nobody asked for", retryable: false };
  }
  if (/proxy/i.test(error.message)) return { code: "connect", words: "the proxy refused to connect" };
  if (phase === "connect") return { code: "connect", words: systemCode || "the connection failed" };
  if (phase === "body" && systemCode === "UND_ERR_SOCKET")
    return { code: "truncated", words: "the connection was closed" };
  return { code: "reset", words: "the connection was lost" };
}
