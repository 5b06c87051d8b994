/** What a code means, for the constructor, the retry policy and `docs/errors.md`. */
export interface ErrorCodeEntry {
  readonly when: string;
  /** Whether the same call may succeed when it is sent again: `yes`, `no`, or only until content was delivered. */
  readonly retryable: "yes" | "no" | "until-content";
  /** What to do, where the place that throws says nothing better. */
  readonly hint: string;
}

/** The one table of error codes. */
export const errorCodes = {
  connect: {
    when: "no connection to the server could be made",
    retryable: "until-content",
    hint: "Is the server running, and does baseURL name its host and port?",
  },
  dns: {
    when: "the server's name does not resolve",
    retryable: "until-content",
    hint: "Check the host in baseURL, or use its address.",
  },
  reset: {
    when: "the connection was lost before the reply was complete",
    retryable: "until-content",
    hint: "The server may have crashed or restarted: look at its log.",
  },
  tls: {
    when: "the certificate was refused, or one side speaks TLS and the other does not",
    retryable: "no",
    hint: "Give the CA of your house with createTransport({ tls: { ca } }), and check http against https in baseURL.",
  },
  redirect: {
    when: "the server answered with a redirect, which is never followed",
    retryable: "no",
    hint: "Use the final address as baseURL.",
  },
  policy: {
    when: "a destination or source that the policy forbids",
    retryable: "no",
    hint: "Allow it in the policy, or pass the bytes themselves.",
  },
  timeout: {
    when: "a time limit passed; `phase` says which: connect, headers, first-token, idle, total or tool",
    retryable: "no",
    hint: "Raise the limit of that phase in `timeout`, or find out why the server is slow.",
  },
  protocol: {
    when: "the reply was not understood",
    retryable: "until-content",
    hint: "Is it the server you think it is? A proxy may answer in its place.",
  },
  truncated: {
    when: "the reply ended without its end",
    retryable: "until-content",
    hint: "The server or a proxy cut the reply: look at their logs. What came is in `partial`.",
  },
  "stream-error": {
    when: "the server reported an error inside the reply",
    retryable: "until-content",
    hint: "The message is the server's own. What came before is in `partial`.",
  },
  limit: {
    when: "one of this library's bounds on sizes was passed",
    retryable: "no",
    hint: "Raise the bound if the size is right.",
  },
  "too-large": {
    when: "the server refused the request's size (413)",
    retryable: "no",
    hint: "Send less, or raise the limit of the server or of the proxy before it.",
  },
  "invalid-request": {
    when: "the input is wrong, found here or by the server (400, 422, 409)",
    retryable: "no",
    hint: "Change the input as the message says.",
  },
  unsupported: {
    when: "the server or the model cannot do what was asked",
    retryable: "no",
    hint: "Use a model or server that can; `describe()` shows what this one can do and why.",
  },
  "context-length": {
    when: "the prompt does not fit into the context",
    retryable: "no",
    hint: "Shorten the prompt, or start the server with a larger context.",
  },
  auth: { when: "the server wants a key or refused it (401)", retryable: "no", hint: "Set apiKey." },
  forbidden: {
    when: "the key may not do this (403)",
    retryable: "no",
    hint: "Use a key that may, or enable the feature on the server.",
  },
  "not-found": {
    when: "the model or the path does not exist",
    retryable: "no",
    hint: "models() lists what the server has; check baseURL if the path is missing.",
  },
  "rate-limit": {
    when: "too many requests (429)",
    retryable: "yes",
    hint: "Wait for retryAfterMs, or send fewer calls at a time.",
  },
  overloaded: {
    when: "the server or a proxy before it has no room (502, 503, 529), or a queue here is full",
    retryable: "yes",
    hint: "Send fewer calls at a time, or add capacity.",
  },
  "not-ready": {
    when: "the server is loading its model",
    retryable: "yes",
    hint: "Wait with waitUntilReady().",
  },
  server: {
    when: "the server failed (500)",
    retryable: "yes",
    hint: "Look at the server's log.",
  },
  schema: {
    when: "the output does not fit the schema",
    retryable: "no",
    hint: "Loosen the schema, or use a stronger model.",
  },
  "output-limit": {
    when: "the output was cut by the token limit before it was usable",
    retryable: "no",
    hint: "Raise maxTokens.",
  },
  "empty-reply": {
    when: "tokens were generated and nothing was delivered",
    retryable: "until-content",
    hint: "The server may have parsed the output away: try without tools, or look at its log.",
  },
  tool: {
    when: "a tool call is unknown, invalid, missing although required, or failed",
    retryable: "no",
    hint: "Check the tools' names and schemas; a small model may not manage the call.",
  },
  unavailable: {
    when: "every target failed; `cause` lists them",
    retryable: "yes",
    hint: "Look at the causes one by one.",
  },
  abort: { when: "the caller's signal ended the call; `cause` is its reason", retryable: "no", hint: "" },
  closed: { when: "the client or its transport was closed", retryable: "no", hint: "Make a new client." },
} as const satisfies Record<string, ErrorCodeEntry>;

/** The code of an `InhouseError`. */
export type ErrorCode = keyof typeof errorCodes;
