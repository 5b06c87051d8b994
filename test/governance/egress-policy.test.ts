import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { egressPolicy } from "../../src/governance/egress-policy.ts";
import { thrownBy } from "../support/loopback.ts";
import { permits } from "./permits.ts";

const house = egressPolicy({
  allow: ["loopback", "private", "models.corp.example:8000-8010", "*.gpu.corp.example", "192.0.2.7", "100.64.0.0/10"],
});

describe("spellings of a host", () => {
  test.each([
    "127.0.0.1",
    "127.255.0.9",
    "2130706433", // decimal
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1", // octal
    "127.1", // short
    "127.0.1",
    "127.0.0.1.",
    "１２７.0.0.1", // full-width
    "127。0。0。1", // the dots of Chinese
    "%31%32%37.0.0.1",
    "::1",
    "[::1]",
    "0:0:0:0:0:0:0:1",
    "[::1%25lo]",
    "::1%lo",
    "::ffff:127.0.0.1",
    "[::FFFF:7F00:1]",
    "0000:0000:0000:0000:0000:ffff:7f00:0001",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "%6cocalhost",
    "ｌｏｃａｌｈｏｓｔ",
    "10.0.0.1",
    "0xa.0.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "fd12:3456::1",
    "192.0.2.7",
    "3221225991",
    "100.64.0.1",
    "models.corp.example",
    "Models.Corp.Example.",
    "a.gpu.corp.example",
    "a.b.gpu.corp.example",
  ])("%s is permitted", (host) => {
    expect(permits(house, host)).toBe(true);
  });

  test.each([
    "8.8.8.8",
    "134744072",
    "0x08080808",
    "010.8.8.8", // octal: 8.8.8.8
    "8.8.8.8.",
    "８.８.８.８",
    "172.32.0.1",
    "192.0.2.8",
    "0.0.0.0",
    "0",
    "0x0",
    "0.0.0.1",
    "::",
    "[::]",
    "0:0:0:0:0:0:0:0",
    "::ffff:0.0.0.0",
    "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1", // translated
    "::127.0.0.1", // compatible
    "::8.8.8.8",
    "2002:7f00:1::", // 6to4 of 127.0.0.1
    "2002:808:808::1",
    "64:ff9b::127.0.0.1", // NAT64
    "64:ff9b::808:808",
    "64:ff9b:1::10.0.0.1",
    "2001:0:7f00:1::80ff:fffe", // Teredo
    "2001:4860:4860::8888",
    "224.0.0.1",
    "239.255.255.250",
    "ff02::1",
    "255.255.255.255",
    "4294967295",
    "169.254.169.254",
    "2852039166",
    "0xA9FEA9FE",
    "0251.0376.0251.0376",
    "169.254.43518",
    "[::ffff:a9fe:a9fe]",
    "169.254.170.2",
    "169.254.1.1",
    "fe80::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "FD00:0EC2:0:0:0:0:0:254",
    "100.100.100.200",
    "1684301000",
    "168.63.129.16",
    "192.0.0.192",
    "fd20:ce::254",
    "fd00::200:5efe:8.8.8.8", // ISATAP in a private range
    "metadata.google.internal",
    "METADATA.google.internal.",
    "metadata",
    "instance-data",
    "models.corp.example.evil.example",
    "evilmodels.corp.example",
    "gpu.corp.example",
    "evilgpu.corp.example",
    "localhost.evil.example",
    "models.corp.example@8.8.8.8",
    "127.0.0.1/8.8.8.8",
    "127.0.0.1#8.8.8.8",
    "127.0.0.1\\8.8.8.8",
    "127.0.0.1:80",
    "127.0.0.1 8.8.8.8",
    "127.0.0.1]",
    "[127.0.0.1]",
    "[localhost]",
    "[::1",
    "127.0.0.1\n",
    "127.0.0.1%00",
    "127.0.0.1..",
    "256.0.0.1",
    "1.2.3.4.5",
    "",
    ".",
    "xn--a",
    "a".repeat(64),
  ])("%s is forbidden", (host) => {
    expect(permits(house, host)).toBe(false);
  });

  const address = fc.ipV4();
  const parts = (text: string): readonly number[] => text.split(".").map(Number);
  const asNumber = (text: string): number => parts(text).reduce((value, part) => value * 256 + part, 0);
  const spellings: readonly ((text: string) => string)[] = [
    (text) => String(asNumber(text)),
    (text) => `0x${asNumber(text).toString(16)}`,
    (text) => `0${asNumber(text).toString(8)}`,
    (text) =>
      parts(text)
        .map((part) => `0x${part.toString(16)}`)
        .join("."),
    (text) =>
      parts(text)
        .map((part) => `0${part.toString(8)}`)
        .join("."),
    (text) => [...parts(text).slice(0, 2), (parts(text)[2] ?? 0) * 256 + (parts(text)[3] ?? 0)].join("."),
    (text) => `${text}.`,
    (text) => text.replaceAll(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
    (text) => text.replaceAll(/\d/g, (digit) => `%3${digit}`),
    (text) => text.replaceAll(".", "。"),
    (text) => `::ffff:${text}`,
    (text) => `[::FFFF:${text}%25eth0]`,
    (text) =>
      `0:0:0:0:0:ffff:${asNumber(text)
        .toString(16)
        .padStart(8, "0")
        .replace(/(?=.{4}$)/, ":")}`,
  ];

  test("a spelling changes no verdict: addresses of version 4", () => {
    const near = fc.constantFrom(
      "127.0.0.1",
      "10.1.2.3",
      "172.16.0.1",
      "169.254.169.254",
      "0.0.0.0",
      "100.100.100.200",
    );
    fc.assert(
      fc.property(fc.oneof(address, near), fc.constantFrom(...spellings), (text, spell) => {
        expect(permits(house, spell(text))).toBe(permits(house, text));
      }),
      { numRuns: 2_000 },
    );
  });

  test("a spelling changes no verdict: addresses of version 6", () => {
    const groups = fc.array(fc.oneof(fc.constantFrom(0, 0xfd00, 0xffff, 0xec2, 0x254), fc.nat(0xffff)), {
      minLength: 8,
      maxLength: 8,
    });
    fc.assert(
      fc.property(groups, (values) => {
        const long = values.map((value) => value.toString(16).padStart(4, "0").toUpperCase()).join(":");
        const short = new URL(`http://[${long}]`).hostname;
        expect(permits(house, `[${long}%25eth1]`)).toBe(permits(house, short));
        expect(permits(house, long)).toBe(permits(house, short));
      }),
      { numRuns: 2_000 },
    );
  });

  test("a spelling changes no verdict: names", () => {
    const names = fc.constantFrom(
      "localhost",
      "models.corp.example",
      "a.gpu.corp.example",
      "metadata.google.internal",
      "x.example",
    );
    const odd: readonly ((text: string) => string)[] = [
      (text) => text.toUpperCase(),
      (text) => `${text}.`,
      (text) => text.replaceAll("e", "%65"),
      (text) => text.replaceAll(/[a-z]/g, (letter) => String.fromCodePoint(letter.charCodeAt(0) + 0xfee0)),
      (text) => text.replaceAll(".", "．"),
    ];
    fc.assert(
      fc.property(names, fc.constantFrom(...odd), (text, spell) => {
        expect(permits(house, spell(text))).toBe(permits(house, text));
      }),
    );
  });

  test("an IPv6 address that carries an IPv4 one is never more than that one, and never more than itself", () => {
    const wide = egressPolicy({
      allow: ["private", "2002::/16", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "::/96"],
    });
    const hex = (text: string): string =>
      asNumber(text)
        .toString(16)
        .padStart(8, "0")
        .replace(/(?=.{4}$)/, ":");
    const inverted = (text: string): string =>
      parts(text)
        .map((part) => 255 - part)
        .join(".");
    const carriers: readonly ((text: string) => string)[] = [
      (text) => `2002:${hex(text)}::1`,
      (text) => `64:ff9b::${text}`,
      (text) => `64:ff9b:1::${text}`,
      (text) => `::${text}`,
      (text) => `2001:0:a00:1:0:0:${hex(inverted(text))}`,
    ];
    const inner = fc.oneof(address, fc.constantFrom("10.0.0.1", "192.168.7.7", "169.254.169.254", "127.0.0.1"));
    fc.assert(
      fc.property(inner, fc.constantFrom(...carriers), (text, carry) => {
        fc.pre(asNumber(text) > 0xffffff);
        expect(permits(wide, carry(text))).toBe(permits(wide, text));
        expect(permits(egressPolicy({ allow: ["private"] }), carry(text))).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("report()", () => {
  test("lists what was opened and refused, with the reason and how often", () => {
    const policy = egressPolicy({ allow: ["private:8000", "unix:/run/s.sock"] });
    policy.opened({ host: "10.0.0.1", port: 8_000, address: "10.0.0.1" });
    policy.opened({ host: "10.0.0.1", port: 8_000, address: "10.0.0.1" });
    policy.opened({ host: "/run/s.sock" });
    for (const host of ["8.8.8.8", "134744072", "EXAMPLE.com."]) permits(policy, host, 443);
    expect(policy.report()).toEqual([
      {
        host: "10.0.0.1",
        port: 8_000,
        address: "10.0.0.1",
        allowed: true,
        reason: 'the rule "private:8000"',
        count: 2,
      },
      { host: "/run/s.sock", allowed: true, reason: 'the rule "unix:/run/s.sock"', count: 1 },
      { host: "8.8.8.8", port: 443, allowed: false, reason: "no rule allows it", count: 2 },
      { host: "example.com", port: 443, allowed: false, reason: "no rule names it", count: 1 },
    ]);
  });

  test("is bounded: further destinations are counted together, and long names are cut", () => {
    const policy = egressPolicy({ allow: [] });
    for (let index = 0; index < 3_000; index += 1) permits(policy, `host-${index}.example`);
    permits(policy, "x".repeat(900));
    const report = policy.report();
    expect(report).toHaveLength(1_001);
    expect(report.at(-1)).toEqual({
      host: "(others)",
      allowed: false,
      reason: "more than 1000 destinations",
      count: 2_001,
    });
  });

  test("the policy and its report are frozen", () => {
    const policy = egressPolicy({ allow: ["loopback"] });
    expect(Object.isFrozen(policy)).toBe(true);
    permits(policy, "8.8.8.8");
    const [first] = policy.report();
    expect([Object.isFrozen(policy.report()), Object.isFrozen(first)]).toEqual([true, true]);
  });

  test("a refusal names the place, the reason, and the rule that would allow it, if one could", () => {
    const policy = egressPolicy({ allow: ["models.corp.example"] });
    const hintOf = (run: () => void): string => thrownBy(run).hint ?? "";
    expect(thrownBy(() => policy.checkHost("10.0.0.1", 8_000)).message).toBe(
      "The egress policy forbids 10.0.0.1:8000: no rule allows it.",
    );
    expect(hintOf(() => policy.checkHost("10.0.0.1", 8_000))).toContain('allow: ["10.0.0.1:8000"]');
    expect(hintOf(() => policy.checkHost("fd00::1", 8_000))).toContain('"[fd00::1]:8000"');
    expect(hintOf(() => policy.checkSocket("/run/s.sock"))).toContain('"unix:/run/s.sock"');
    expect(hintOf(() => policy.checkHost("169.254.169.254", 80))).toContain("names it alone");
    expect(hintOf(() => policy.checkHost("0.0.0.0", 80))).toContain("No rule can");
    const resolved = thrownBy(() => policy.checkAddress("models.corp.example", "203.0.113.9", 443));
    expect(resolved.message).toContain("models.corp.example:443 at 203.0.113.9");
    expect(resolved.hint).toContain('{"host": "models.corp.example","addresses": ["203.0.113.9"]}');
    expect(resolved.retryable).toBe(false);
  });
});
