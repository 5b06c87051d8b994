import { expect, test } from "vitest";

import { parseBaseURL } from "../../src/http/base-url.ts";
import { thrownBy } from "../support/loopback.ts";

const example = "http://127.0.0.1:8000/v1";

test.each([
  ["http://127.0.0.1:8080", { origin: "http://127.0.0.1:8080", prefix: "" }],
  ["http://127.0.0.1:8080/", { origin: "http://127.0.0.1:8080", prefix: "" }],
  ["https://models.house.example/v1//", { origin: "https://models.house.example", prefix: "/v1" }],
  ["HTTP://Models.House.Example/a/b/", { origin: "http://models.house.example", prefix: "/a/b" }],
  ["http://[::1]:8080/v1", { origin: "http://[::1]:8080", prefix: "/v1" }],
])("%s", (url, parsed) => {
  expect(parseBaseURL(url, example)).toEqual(parsed);
});

test.each([
  ["127.0.0.1:8080", "the scheme (http:// or https://) is missing"],
  ["localhost:8080", "the scheme (http:// or https://) is missing"],
  ["/v1", "the scheme (http:// or https://) is missing"],
  ["", "expected a URL"],
  ["  ", "expected a URL"],
  ["http://", "this is no URL"],
  ["http://a b", "this is no URL"],
  ["ftp://models.example", "ftp:// is not spoken here"],
  ["file:///etc/passwd", "file:// is not spoken here"],
  ["http://models.example/v1?key=1", "it may not have a query or fragment"],
  ["http://models.example/v1#x", "it may not have a query or fragment"],
])("%j is refused with the way to write it", (url, words) => {
  const error = thrownBy(() => parseBaseURL(url, example));
  expect(error).toMatchObject({ code: "invalid-request", hint: `Write it like ${example}.` });
  expect(error.message.toLowerCase()).toContain(words.toLowerCase());
});

test("a key or password in a URL is refused, and not repeated", () => {
  const error = thrownBy(() => parseBaseURL("http://user:secret-1@models.example", example));
  expect(error.message).toContain("apiKey");
  expect(JSON.stringify(error) + String(error.stack)).not.toContain("secret-1");
});
