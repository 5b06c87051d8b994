/** What a code means, for the constructor, the retry policy and `docs/errors.md`. */
export interface ErrorCodeEntry {
  /** Whether the same call may succeed when it is sent again: `yes`, `no`, or only until content was delivered. */
  readonly retryable: "yes" | "no" | "until-content";
  /** What to do, where the place that throws says nothing better. */
  readonly hint: string;
}

/** The one table of error codes; `docs/errors.md` is made from it and from what is said above each row. */
export const errorCodes = {
  /** No connection to the server could be made. */
  connect: {
    retryable: "until-content",
    hint: "Is the server running, and does baseURL name its host and port?",
  },
  /** The server's name does not resolve. */
  dns: {
    retryable: "until-content",
    hint: "Check the host in baseURL, or use its address.",
  },
  /** The connection was lost before the reply was complete. */
  reset: {
    retryable: "until-content",
    hint: "Look at the server's log: it may have crashed.",
  },
  /** The certificate was refused, or one side speaks TLS and the other does not. */
  tls: {
    retryable: "no",
    hint: "Pass the CA to createTransport({ tls: { ca } }), and check http against https in baseURL.",
  },
  /** The server answered with a redirect, which is never followed. */
  redirect: {
    retryable: "no",
    hint: "Use the final address as baseURL.",
  },
  /** A destination or source that the policy forbids. */
  policy: {
    retryable: "no",
    hint: "Allow it in the policy, or pass the bytes themselves.",
  },
  /** A time limit passed; `phase` says which: connect, headers, first-token, idle, total or tool. */
  timeout: {
    retryable: "no",
    hint: "Raise that limit in `timeout`.",
  },
  /** The reply was not understood. */
  protocol: {
    retryable: "until-content",
    hint: "Does baseURL name a model server? A proxy may answer in its place.",
  },
  /** The reply ended without its end. */
  truncated: {
    retryable: "until-content",
    hint: "Look at the log of the server and of the proxy before it.",
  },
  /** The server reported an error inside the reply. */
  "stream-error": {
    retryable: "until-content",
    hint: "The message is the server's own: look at its log.",
  },
  /** One of this library's bounds on sizes was passed. */
  limit: {
    retryable: "no",
    hint: "Raise the bound if the size is right.",
  },
  /** The server refused the request's size (413). */
  "too-large": {
    retryable: "no",
    hint: "Send less, or raise the limit of the server or of the proxy before it.",
  },
  /** The input is wrong, found here or by the server (400, 422, 409). */
  "invalid-request": {
    retryable: "no",
    hint: "Change the input as the message says.",
  },
  /** The server or the model cannot do what was asked. */
  unsupported: {
    retryable: "no",
    hint: "`describe()` shows what this model can do, and why.",
  },
  /** The prompt does not fit into the context. */
  "context-length": {
    retryable: "no",
    hint: "Shorten the prompt, or start the server with a larger context.",
  },
  /** The server wants a key or refused it (401). */
  auth: { retryable: "no", hint: "Set apiKey to a key that this server knows." },
  /** The key may not do this (403). */
  forbidden: {
    retryable: "no",
    hint: "Use another key, or enable the feature on the server.",
  },
  /** The model or the path does not exist. */
  "not-found": {
    retryable: "no",
    hint: "`models()` lists what the server has; check baseURL if the path is missing.",
  },
  /** Too many requests (429). */
  "rate-limit": {
    retryable: "yes",
    hint: "Wait for retryAfterMs, or send fewer calls at a time.",
  },
  /** The server or a proxy before it has no room (502, 503, 529), or a queue here is full. */
  overloaded: {
    retryable: "yes",
    hint: "Send fewer calls at a time, or add capacity.",
  },
  /** The server is loading its model. */
  "not-ready": {
    retryable: "yes",
    hint: "Wait with waitUntilReady(), or raise timeout.readyMs.",
  },
  /** The server failed (500). */
  server: {
    retryable: "yes",
    hint: "Look at the server's log.",
  },
  /** The output does not fit the schema. */
  schema: {
    retryable: "no",
    hint: "Loosen the schema, or use a stronger model.",
  },
  /** The output was cut by the token limit before it was usable. */
  "output-limit": {
    retryable: "no",
    hint: "Raise maxTokens.",
  },
  /** Tokens were generated and nothing was delivered. */
  "empty-reply": {
    retryable: "until-content",
    hint: "Try without tools, or look at the server's log.",
  },
  /** A tool call is unknown, invalid, missing although required, or failed. */
  tool: {
    retryable: "no",
    hint: "Check the names and schemas of the tools.",
  },
  /** A file or a running server is not what was planned. */
  mismatch: {
    retryable: "no",
    hint: "The message says what differs: get the file anew, or start the server as planned.",
  },
  /** Every target failed; `cause` lists them. */
  unavailable: {
    retryable: "yes",
    hint: "Look at the causes one by one.",
  },
  /** The caller's signal ended the call; `cause` is its reason. */
  abort: { retryable: "no", hint: "" },
  /** The client or its transport was closed. */
  closed: { retryable: "no", hint: "Make a new client." },
} as const satisfies Record<string, ErrorCodeEntry>;

/** The code of an `InhouseError`. */
export type ErrorCode = keyof typeof errorCodes;
