import { inspect } from "node:util";

import { describe, expect, test } from "vitest";

import { errorCodes, type ErrorCode } from "../../src/core/error-codes.ts";
import { abortError, InhouseError, isInhouseError, withDetails } from "../../src/core/error.ts";

const codes = Object.keys(errorCodes) as ErrorCode[];

describe("InhouseError", () => {
  test.each(codes)("%s has what the table says", (code) => {
    const error = new InhouseError(code, "words");
    const entry = errorCodes[code];
    expect(error).toMatchObject({ code, message: "words", hint: entry.hint, retryable: entry.retryable !== "no" });
    if (code !== "abort") expect(entry.hint).not.toBe("");
  });

  test("what is said at the place of the throw wins over the table", () => {
    const cause = new Error("inner");
    const error = new InhouseError("server", "words", { hint: "do this", retryable: false, status: 500, cause });
    expect(error).toMatchObject({ hint: "do this", retryable: false, status: 500, cause });
  });

  test("is an Error, with its name and a stack", () => {
    const error = new InhouseError("reset", "words");
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe("InhouseError");
    expect(String(error)).toBe("InhouseError: words");
    expect(error.stack).toContain("error.test.ts");
    expect("status" in error).toBe(false);
  });

  test("an abort has the name that code which knows AbortSignal looks for", () => {
    expect(new InhouseError("abort", "words").name).toBe("AbortError");
  });

  test("as JSON it is plain data for logs, without cause or stack", () => {
    const error = new InhouseError("rate-limit", "words", {
      retryAfterMs: 5,
      provider: "llamacpp",
      cause: new Error("inner with sk-secret-1"),
    });
    expect(JSON.parse(JSON.stringify({ error }))).toEqual({
      error: {
        name: "InhouseError",
        message: "words",
        code: "rate-limit",
        hint: errorCodes["rate-limit"].hint,
        retryable: true,
        retryAfterMs: 5,
        provider: "llamacpp",
        attempts: [],
      },
    });
  });

  test("printed, it shows its code and hint", () => {
    const text = inspect(new InhouseError("dns", "words"));
    expect(text).toContain("words");
    expect(text).toContain("code: 'dns'");
    expect(text).toContain("hint: ");
  });
});

describe("isInhouseError", () => {
  test("knows one of this copy, and one of another copy by its mark", () => {
    const ofAnotherCopy = Object.assign(new Error("words"), { [Symbol.for("inhouse.error")]: true, code: "reset" });
    expect(isInhouseError(new InhouseError("reset", "words"))).toBe(true);
    expect(isInhouseError(ofAnotherCopy)).toBe(true);
    expect(ofAnotherCopy).not.toBeInstanceOf(InhouseError);
  });

  test.each([undefined, null, "error", 7, {}, new Error("words"), { code: "reset" }])("%j is none", (value) => {
    expect(isInhouseError(value)).toBe(false);
  });
});

describe("withDetails", () => {
  const cause = new Error("inner");
  const error = new InhouseError("truncated", "words", { cause, retryable: false, hint: "own", requestId: "1" });

  test("adds, and keeps code, message, hint, cause and stack", () => {
    const more = withDetails(error, { provider: "p", partial: { text: "a", reasoning: "", toolCalls: [] } });
    expect(more).toMatchObject({
      code: "truncated",
      message: "words",
      hint: "own",
      retryable: false,
      requestId: "1",
      provider: "p",
      partial: { text: "a" },
    });
    expect(more.cause).toBe(cause);
    expect(more.stack).toBe(error.stack);
    expect(more).toBeInstanceOf(InhouseError);
  });

  test("replaces what is known, and leaves the error that was given", () => {
    expect(withDetails(error, { retryable: true, requestId: "2" })).toMatchObject({ retryable: true, requestId: "2" });
    expect(error).toMatchObject({ retryable: false, requestId: "1" });
  });

  test("of an abort is an abort by name too", () => {
    expect(withDetails(new InhouseError("abort", "words", { cause: "why" }), { provider: "p" })).toMatchObject({
      name: "AbortError",
      cause: "why",
    });
  });
});

describe("abortError", () => {
  test("is abort, with the signal's reason as its cause", () => {
    expect(abortError(AbortSignal.abort("why"))).toMatchObject({ code: "abort", name: "AbortError", cause: "why" });
  });

  test("is the limit's own error where a limit ended the call", () => {
    const limit = new InhouseError("timeout", "late", { phase: "total" });
    expect(abortError(AbortSignal.abort(limit))).toBe(limit);
  });
});
