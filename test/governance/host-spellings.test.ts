import { BlockList, isIP } from "node:net";

import fc from "fast-check";
import { expect, test } from "vitest";

import { isInhouseError } from "../../src/core/error.ts";
import { egressPolicy } from "../../src/governance/egress-policy.ts";

const pieces = [
  "0",
  "1",
  "7",
  "8",
  "10",
  "127",
  "169",
  "254",
  "255",
  "256",
  "0x7f",
  "0xa",
  "0177",
  "012",
  "2130706433",
  "fd00",
  "ffff",
  "::",
  ":",
  ".",
  "..",
  "[",
  "]",
  "%",
  "%31",
  "%2e",
  "%25",
  "。",
  "．",
  "１",
  "ｌ",
  "/",
  "@",
  "#",
  "?",
  "\\",
  " ",
  "\t",
  "\n",
  "-",
  "_",
  "localhost",
  "LOCALHOST",
  "models",
  ".corp.example",
  "metadata",
  "eth0",
  "64:ff9b",
  "2002",
  "xn--",
  "é",
  "ß",
  "\u00AD",
  "\u200D",
];
const written = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 9 }).map((parts) => parts.join(""));

/** What Node itself makes of an address, by its own table. */
const inside = new BlockList();
inside.addSubnet("127.0.0.0", 8);
inside.addSubnet("10.0.0.0", 8);
inside.addAddress("::1", "ipv6");
inside.addSubnet("fd00::", 8, "ipv6");
const policy = egressPolicy({ allow: ["loopback", "10.0.0.0/8", "fd00::/8", "*.corp.example"] });

test("what is permitted is what URLs and Node's own table of addresses say it is, however it is written", () => {
  let permitted = 0;
  fc.assert(
    fc.property(written, (host) => {
      try {
        policy.checkHost(host, 80);
      } catch (error) {
        expect(isInhouseError(error) && error.code).toBe("policy");
        return;
      }
      permitted += 1;
      const six = /^\[?([^%\]]*:[^%\]]*)/.exec(host)?.[1];
      const url = new URL(six === undefined ? `http://${host}` : `http://[${six}]`);
      expect([url.username, url.port, url.pathname, url.search, url.hash]).toEqual(["", "", "/", "", ""]);
      const name = url.hostname.replace(/^\[|\]$/g, "");
      const family = isIP(name);
      if (family === 0) expect(name).toMatch(/^(localhost|.+\.corp\.example)\.?$/);
      else expect([name, inside.check(name, family === 6 ? "ipv6" : "ipv4")]).toEqual([name, true]);
    }),
    { numRuns: 20_000 },
  );
  expect(permitted).toBeGreaterThan(100);
});

test("a text is a rule, or an invalid-request that says how to write it", () => {
  let rules = 0;
  fc.assert(
    fc.property(written, fc.constantFrom("", ":80", "/8", "/16:1-9", "/129"), (host, end) => {
      try {
        egressPolicy({ allow: [host + end] });
        rules += 1;
      } catch (error) {
        expect(isInhouseError(error) && [error.code, error.hint !== ""]).toEqual(["invalid-request", true]);
      }
    }),
    { numRuns: 5_000 },
  );
  expect(rules).toBeGreaterThan(100);
});
