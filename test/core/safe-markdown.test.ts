import { describe, expect, test } from "vitest";

import { safeMarkdown } from "../../src/core/safe-markdown.ts";

const secret = "https://evil.example/?q=secret";

describe("what would be fetched or lead elsewhere becomes text", () => {
  test.each([
    ["an image", `![a](${secret})`, `!&#91;a&#93;(${secret})`],
    ["an image with a title, in angle brackets", `![a](<${secret}> "t")`, `!&#91;a&#93;(&lt;${secret}> "t")`],
    ["a link", `[here](${secret})`, `[here&#93;(${secret})`],
    ["an image in a link", `[![a](${secret})](${secret})`, `[!&#91;a&#93;(${secret})&#93;(${secret})`],
    ["a reference", `![a][r]\n\n[r]: ${secret}`, `!&#91;a&#93;[r]\n\n[r&#93;: ${secret}`],
    ["an element", `<img src="${secret}">`, `&lt;img src="${secret}">`],
    ["a comment", "<!-- x -->", "&lt;!-- x -->"],
    ["an address in angle brackets", `<${secret}>`, `&lt;${secret}>`],
    ["another scheme", "[x](javascript:alert)", "[x&#93;(javascript:alert)"],
    ["a path", "![x](/logout)", "!&#91;x&#93;(/logout)"],
  ])("%s", (_, text, safe) => {
    expect(safeMarkdown(text)).toBe(safe);
  });

  test("in lists, quotations and tables, whatever their line ends", () => {
    for (const end of ["\n", "\r\n", "\r"]) {
      const text = ["- a", `> ![a](${secret})`, `| b | ![c](${secret}) |`].join(end);
      expect(safeMarkdown(text)).toBe(text.replaceAll("![", "!&#91;").replaceAll("](", "&#93;("));
    }
  });
});

describe("what is harmless stays", () => {
  test.each([
    ["text", "1 < 2, a[0], f(x) and *so* on\n\n# Title\n"],
    ["an address as such", `See ${secret}.`],
    ["code in a line", "Use `Array<string>` and ``![a](b)``."],
    ["a block of code", "So:\n```html\n<img src=x>\n![a](b)\n```\nthere"],
    ["a block of code without its end, as while it is written", "~~~\n<b>"],
    ["nothing", ""],
  ])("%s", (_, text) => {
    expect(safeMarkdown(text)).toBe(text);
  });
});

describe("what only looks like code is text", () => {
  test.each([
    ["a block within a list, which ends with the list", "- a\n  ```\nb\n", "\n  ```"],
    ["backticks that another line may end", "a ` b\n", " `"],
    ["backticks in two cells", "| `a | ", " `b |"],
    ["an escaped backtick", "\\`", "`"],
    ["a fence that its own line ends", "``` `\n", "\n```"],
    ["after the end of a block", "```\na\n   ````  \n", ""],
  ])("%s", (_, before, after) => {
    expect(safeMarkdown(`${before}![a](${secret})${after}`)).toContain("!&#91;a&#93;(");
  });
});

describe("allow", () => {
  const allow = ({ hostname }: URL): boolean => hostname === "wiki.example";

  test("lets addresses stay", () => {
    const text = `[a](https://wiki.example/a?b=1&c=2) ![b](https://wiki.example/b.png) [c](${secret})`;
    expect(safeMarkdown(text, { allow })).toBe(text.replace("[c](", "[c&#93;("));
  });

  test("is told what an address is for", () => {
    const uses: string[] = [];
    safeMarkdown("[a](https://a.example) ![b](HTTPS://b.example)", {
      allow: ({ hostname }, use) => uses.push(`${use} ${hostname}`) > 9,
    });
    expect(uses).toEqual(["link a.example", "image b.example"]);
  });

  test.each([
    ["another host before an @", "https://wiki.example@evil.example/"],
    ["an entity in the host", "https://wiki.example&#46;evil.example/"],
    ["a backslash", "https://wiki.example\\@evil.example/"],
    ["another scheme", "ftp://wiki.example/"],
    ["no host", "https://"],
  ])("is not deceived by %s", (_, address) => {
    expect(safeMarkdown(`![a](${address})`, { allow })).toContain("!&#91;a&#93;(");
  });
});

test("a long text takes time in proportion", () => {
  const pieces = ["\\", "a`", "![", "[a](", "`", "``", "](", "<", "[r]: ", "```\n", "a\n"];
  const text = pieces.map((piece) => piece.repeat(20_000)).join("");
  const startedAt = process.cpuUsage();
  safeMarkdown(text);
  const { user } = process.cpuUsage(startedAt);
  expect(user / 1_000).toBeLessThan(2_000);
});
