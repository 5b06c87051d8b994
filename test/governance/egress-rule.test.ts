import { describe, expect, test } from "vitest";

import { egressPolicy } from "../../src/governance/egress-policy.ts";
import type { EgressRule } from "../../src/governance/egress-rule.ts";
import { thrownBy } from "../support/loopback.ts";
import { permits } from "./permits.ts";

describe("rules", () => {
  const permitted = (rule: string | EgressRule, host: string, port?: number): boolean =>
    permits(egressPolicy({ allow: [rule] }), host, port);

  test("nothing is allowed by default", () => {
    expect(permits(egressPolicy({ allow: [] }), "127.0.0.1")).toBe(false);
  });

  test.each<readonly [string | EgressRule, readonly string[], readonly string[]]>([
    ["10.20.0.0/16", ["10.20.0.0:1", "10.20.255.255:65535"], ["10.21.0.0:80", "10.19.255.255:80"]],
    ["10.0.0.5:8000", ["10.0.0.5:8000"], ["10.0.0.5:8001", "10.0.0.6:8000"]],
    ["10.0.0.0/8:8000-8010", ["10.9.9.9:8000", "10.9.9.9:8010"], ["10.9.9.9:7999", "10.9.9.9:8011"]],
    ["fd00::5", ["[fd00::5]:80"], ["[fd00::6]:80"]],
    ["fd00:7::/32", ["[fd00:7:1::1]:80"], ["[fd00:8::1]:80"]],
    ["[fd00:7::/32]:443", ["[fd00:7::1]:443"], ["[fd00:7::1]:80"]],
    ["::ffff:10.1.0.0/112", ["10.1.2.3:80", "[::ffff:10.1.2.3]:80"], ["10.2.0.0:80"]],
    ["loopback:11434", ["localhost:11434", "127.0.0.1:11434", "[::1]:11434"], ["localhost:80", "127.0.0.1:80"]],
    ["localhost", ["localhost:1", "127.0.0.1:1"], ["10.0.0.1:1"]],
    ["private", ["10.0.0.1:1", "[fc00::1]:1"], ["127.0.0.1:1", "100.64.0.1:1", "private:1"]],
    ["models.corp.example:443", ["models.corp.example:443", "MODELS.corp.example.:443"], ["models.corp.example:80"]],
    ["*.corp.example:443", ["a.corp.example:443", "a.b.corp.example:443"], ["corp.example:443", "a.corp.example:1"]],
    ["bücher.example", ["xn--bcher-kva.example:1", "BÜCHER.example:1"], ["bucher.example:1"]],
    ["0.0.0.0/0", ["8.8.8.8:53"], ["169.254.169.254:80", "0.0.0.0:80", "100.100.100.200:80", "[2001:db8::1]:80"]],
    ["*.internal", ["a.internal:80"], ["metadata.google.internal:80"]],
    ["169.254.169.254:80", ["169.254.169.254:80", "2852039166:80"], ["169.254.169.253:80", "169.254.169.254:8080"]],
    ["fd00:ec2::254", ["[fd00:ec2::254]:80"], ["[fd00:ec2::253]:80"]],
    ["metadata.google.internal", ["metadata.google.internal:80"], ["metadata.goog:80"]],
    [{ host: "10.0.0.5", port: 8_000 }, ["10.0.0.5:8000"], ["10.0.0.5:80"]],
    [{ host: "fd00::/8", port: "1-9" }, ["[fd00::1]:9"], ["[fd00::1]:10"]],
  ])("%j", (rule, inside, outside) => {
    const parted = (place: string): [string, number] => {
      const at = place.lastIndexOf(":");
      return [place.slice(0, at), Number(place.slice(at + 1))];
    };
    for (const place of inside) expect([place, permitted(rule, ...parted(place))]).toEqual([place, true]);
    for (const place of outside) expect([place, permitted(rule, ...parted(place))]).toEqual([place, false]);
  });

  test.each<readonly [unknown, RegExp]>([
    ["http://models.corp.example", /URL.*scheme/],
    ["*", /at the beginning/],
    ["a.*.example", /at the beginning/],
    ["*.", /no address, range or name/],
    ["10/8", /unusual spelling/],
    ["0x7f.1", /unusual spelling.*decimal/],
    ["010.0.0.1", /unusual spelling/],
    ["10.0.0.5/8", /first address of the range/],
    ["10.0.0.0/33", /no address, range or name/],
    ["10.0.0.0/", /no address, range or name/],
    ["10.0.0.1:0", /no port/],
    ["10.0.0.1:70000", /no port/],
    ["10.0.0.1:9-8", /no port/],
    ["models.example:http", /no port/],
    ["fe80::1%eth0", /zone/],
    ["0.0.0.0", /unspecified.*loopback/],
    ["::", /unspecified/],
    ["224.0.0.0/4", /multicast/],
    ["ff02::1", /multicast/],
    ["255.255.255.255", /broadcast/],
    ["169.254.0.0/16", /link-local.*alone/],
    ["169.254.169.254/32", /link-local.*alone/],
    ["fe80::/10", /link-local.*alone/],
    ["[models]:80", /no address, range or name/],
    ["a b", /no address, range or name/],
    ["", /no address, range or name/],
    ["unix:server.sock", /whole path/],
    ["unix:/run/../etc/x.sock", /whole path/],
    [{ host: "10.0.0.1", adresses: [] }, /unknown option.*Did you mean "addresses"/],
    [{ host: "10.0.0.1", addresses: ["10.0.0.2"] }, /for names only/],
    [{ host: "a.example", addresses: "10.0.0.2" }, /is a list/],
    [{ host: "a.example", addresses: ["b.example"] }, /in addresses is no address/],
    [{ host: "a.example", addresses: ["169.254.0.0/16"] }, /alone/],
    [{ port: 80 }, /has no host/],
    [7, /expected an options object/],
  ])("%j is refused, with how to write it", (rule, words) => {
    const error = thrownBy(() => egressPolicy({ allow: [rule as string] }));
    expect(error.code).toBe("invalid-request");
    expect(`${error.message} ${error.hint}`).toMatch(words);
  });

  test("a list is needed, and options are known", () => {
    expect(thrownBy(() => egressPolicy({ allow: "loopback" as never })).message).toContain("list");
    expect(thrownBy(() => egressPolicy({ allow: [], deny: [] } as never)).code).toBe("invalid-request");
  });

  test("a Unix socket is allowed by its path alone", () => {
    const policy = egressPolicy({ allow: ["unix:/run/server.sock", "loopback"] });
    policy.checkSocket("/run/server.sock");
    for (const path of ["/run/other.sock", "/run/../run/server.sock", "run/server.sock", "/run/server.sock/"]) {
      expect(thrownBy(() => policy.checkSocket(path)).code).toBe("policy");
    }
  });
});

describe("what a name resolves to", () => {
  const resolves = (rule: string | EgressRule, address: string, more: readonly string[] = []): boolean => {
    try {
      egressPolicy({ allow: [rule, ...more] }).checkAddress("models.corp.example", address, 8_000);
      return true;
    } catch {
      return false;
    }
  };
  const name = "models.corp.example";

  test.each([
    [name, "10.0.0.1", true],
    [name, "127.0.0.1", true],
    [name, "fd00::1", true],
    [name, "::ffff:10.0.0.1", true],
    [name, "203.0.113.9", false],
    [name, "::ffff:203.0.113.9", false],
    [name, "64:ff9b::10.0.0.1", false],
    [name, "169.254.169.254", false],
    [name, "fd00:ec2::254", false],
    [name, "0.0.0.0", false],
    [name, "fe80::1%eth0", false],
    [name, "nonsense", false],
    ["other.corp.example", "10.0.0.1", false],
    ["models.corp.example:443", "10.0.0.1", false],
    [{ host: name, addresses: ["203.0.113.0/24"] }, "203.0.113.9", true],
    [{ host: name, addresses: ["203.0.113.0/24"] }, "10.0.0.1", false],
    [{ host: name, addresses: ["private"] }, "127.0.0.1", false],
    [{ host: name, addresses: ["64:ff9b::/96", "10.0.0.0/8"] }, "64:ff9b::10.0.0.1", true],
    [{ host: name, addresses: ["64:ff9b::/96"] }, "64:ff9b::10.0.0.1", false],
    [{ host: name, addresses: ["169.254.169.254"] }, "169.254.169.254", true],
  ] as const)("%j, resolved to %s: %s", (rule, address, expected) => {
    expect(resolves(rule as string, address)).toBe(expected);
  });

  test("an address that another rule allows will do, unless the name's own addresses are told", () => {
    expect(resolves(name, "203.0.113.9", ["203.0.113.9:8000"])).toBe(true);
    expect(resolves(name, "203.0.113.9", ["203.0.113.9:443"])).toBe(false);
    expect(resolves({ host: name, addresses: ["10.0.0.0/8"] }, "203.0.113.9", ["203.0.113.9"])).toBe(false);
  });

  test("localhost is loopback and nothing else", () => {
    const policy = egressPolicy({ allow: ["loopback", "private"] });
    policy.checkAddress("localhost", "::1", 80);
    expect(thrownBy(() => policy.checkAddress("localhost", "10.0.0.1", 80)).code).toBe("policy");
  });
});
