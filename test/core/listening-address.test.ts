import { expect, test } from "vitest";

import { bracketed, isEveryAddress, isLoopback, originOf } from "../../src/core/listening-address.ts";

test.each([
  ["127.0.0.1", "loopback", "http://127.0.0.1:80"],
  ["127.8.9.1", "loopback", "http://127.8.9.1:80"],
  ["localhost", "loopback", "http://localhost:80"],
  ["::1", "loopback", "http://[::1]:80"],
  ["[::1]", "loopback", "http://[::1]:80"],
  ["0.0.0.0", "all", "http://127.0.0.1:80"],
  ["::", "all", "http://[::1]:80"],
  ["[::]", "all", "http://[::1]:80"],
  ["0:0:0:0:0:0:0:0", "all", "http://[::1]:80"],
  ["10.0.0.1", "one", "http://10.0.0.1:80"],
  ["fe80::1", "one", "http://[fe80::1]:80"],
  ["models.corp.example", "one", "http://models.corp.example:80"],
])("%s is %s, and reached at %s", (address, what, origin) => {
  expect([isLoopback(address), isEveryAddress(address)]).toEqual([what === "loopback", what === "all"]);
  expect(originOf(address, 80)).toBe(origin);
});

test("before a port IPv6 stands in brackets", () => {
  expect(["10.0.0.1", "::1", "[::1]"].map(bracketed)).toEqual(["10.0.0.1", "[::1]", "[::1]"]);
});
