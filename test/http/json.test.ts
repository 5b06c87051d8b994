import { describe, expect, test } from "vitest";

import { parseJson } from "../../src/http/json.ts";
import { thrownBy } from "../support/loopback.ts";

describe("parseJson", () => {
  test.each([
    ["plain", '{"__proto__":{"admin":true},"a":1}'],
    ["nested", '{"a":1,"b":[{"__proto__":{"admin":true}}]}'],
    ["with an escape", '{"\\u005f_proto__":{"admin":true},"a":1}'],
    ["with every letter escaped", '{"\\u005F\\u005F\\u0070roto\\u005f_":{"admin":true},"a":1}'],
  ])("a __proto__ key (%s) is dropped, so that a copy pollutes nothing", (_, text) => {
    const value = parseJson(text) as { readonly b?: readonly object[] };
    for (const object of [value, ...(value.b ?? [])]) {
      expect(Object.getOwnPropertyNames(object)).not.toContain("__proto__");
      const copy: object = Object.assign({}, object);
      expect("admin" in copy).toBe(false);
    }
    expect(value).toMatchObject({ a: 1 });
  });

  test("a __proto__ in a text is text", () => {
    expect(parseJson('{"a":"__proto__","b":"\\u005f"}')).toEqual({ a: "__proto__", b: "_" });
  });

  test("what is no JSON: protocol, with its beginning, cleaned and cut", () => {
    const error = thrownBy(() => parseJson(`\u001B[31mred\u202E\n${"x".repeat(5_000)}`));
    expect(error.code).toBe("protocol");
    expect(error.message).toContain("red x");
    expect(error.message.length).toBeLessThan(400);
    expect(error.message).not.toMatch(/[\u001B\u202E\n]/);
  });

  test("a value nested 200,000 deep is read or refused, and never ends the process", () => {
    const text = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    for (const hostile of [text, `{"__proto__":${text}}`]) {
      try {
        parseJson(hostile);
      } catch (error) {
        expect(error).toMatchObject({ code: "protocol" });
      }
    }
    expect(parseJson("[]")).toEqual([]);
  });
});
