/** Options of `safeMarkdown`. */
export interface SafeMarkdownOptions {
  /** Whether an address may stay; asked for `http:` and `https:` alone. Default: none may. */
  readonly allow?: (url: URL, use: "image" | "link") => boolean;
}

/**
 * A model's Markdown made fit to be rendered where it is not trusted: an image is fetched as soon as it is shown, and its address
 * can carry away what the model has read. Images, links and HTML become plain text, so that the reader sees where a link would
 * have led; those that `allow` lets through stay as they are. Code stays as it is. It follows CommonMark and GFM, and takes for
 * text what could be read in two ways; it knows no extension that gives other text a meaning, such as formulas between `$$`. An address that stands in the text as such is left alone: a
 * renderer that links those shows it to whoever clicks. Pass the whole text, since a piece of one may be half a link.
 */
export function safeMarkdown(text: string, { allow = () => false }: SafeMarkdownOptions = {}): string {
  let fence = ""; // of the code block that is open
  let paragraph: string[] = []; // lines that may have a construct in common, each with its end
  const safe: string[] = [];

  function flush(): void {
    safe.push(...safeParagraph(paragraph, allow));
    paragraph = [];
  }

  for (const line of text.split(/(?<=\r\n|\n|\r(?!\n))/)) {
    // Only at the very beginning of a line: within a list or a quotation a block ends where these end.
    const [, opening = ""] = fence === "" ? (/^(`{3,}(?=[^`]*$)|~{3,})/.exec(line) ?? []) : [];
    if (fence !== "" || opening !== "" || line.trim() === "") {
      flush();
      safe.push(line);
      if (opening !== "") fence = opening;
      else if (fence !== "" && closes(line, fence)) fence = "";
    } else paragraph.push(line);
  }
  flush();
  return safe.join("");
}

function closes(line: string, fence: string): boolean {
  const [, run = ""] = /^ {0,3}(`{3,}|~{3,})[ \t]*$/.exec(line.replace(/[\r\n]+$/, "")) ?? [];
  return run.length >= fence.length && run[0] === fence[0];
}

/** Code within a line stays only where no other line of the paragraph could end or begin it. */
function safeParagraph(lines: readonly string[], allow: Allow): readonly string[] {
  const parted = lines.map(partCode);
  if (parted.some((parts) => parts === undefined)) return [safeText(lines.join(""), allow)];
  return parted.map((parts = []) => parts.map((part, index) => (index % 2 ? part : safeText(part, allow))).join(""));
}

/** A line as text, code, text and so on; undefined where its backticks do not pair, or span the cells of a table. */
function partCode(line: string): readonly string[] | undefined {
  const parts: string[] = [];
  let from = 0;
  let opening: { readonly at: number; readonly length: number } | undefined;
  for (const { 0: run, index } of line.matchAll(/`+/g)) {
    if (!opening) {
      let before = index;
      while (before > from && line[before - 1] === "\\") before -= 1;
      const escaped = (index - before) % 2; // the first backtick, which is text then
      if (run.length > escaped) opening = { at: index + escaped, length: run.length - escaped };
    } else if (run.length === opening.length) {
      const end = index + run.length;
      const code = line.slice(opening.at, end);
      if (code.includes("|")) return undefined;
      parts.push(line.slice(from, opening.at), code);
      from = end;
      opening = undefined;
    }
  }
  return opening ? undefined : [...parts, line.slice(from)];
}

type Allow = NonNullable<SafeMarkdownOptions["allow"]>;

/** A link or image of the simplest form, which no renderer reads in another way. */
const simple = /(?<!\\)(!?)\[([^[\]\\<>]*)\]\((https?:\/\/[^\s<>()[\]\\"'`]+)\)/gi;

/** Text without code. What opens an element, an image, a link or the definition of one is written as an entity. */
function safeText(text: string, allow: Allow): string {
  let safe = "";
  let from = 0;
  for (const match of text.matchAll(simple)) {
    const [whole, mark, , address = ""] = match;
    if (!isAllowed(address, mark === "!" ? "image" : "link", allow)) continue;
    safe += disarmed(text.slice(from, match.index)) + whole;
    from = match.index + whole.length;
  }
  return safe + disarmed(text.slice(from));
}

function isAllowed(address: string, use: "image" | "link", allow: Allow): boolean {
  if (/&(#|\w+;)/.test(address) || !URL.canParse(address)) return false; // an entity would make another address of it
  return allow(new URL(address), use);
}

const disarmed = (text: string): string =>
  text
    .replaceAll(/<(?=[a-z/!?])/gi, "&lt;")
    .replaceAll("![", "!&#91;")
    .replaceAll(/\](?=[([:])/g, "&#93;");
