/** What may be shown of each prefix of a JSON text: slow, simple, and written apart from the reader that it judges. */
export function partialReference(text: string): unknown {
  let at = 0;
  const more = (): boolean => at < text.length;
  const space = (): void => void (at += /^[ \t\r\n]*/.exec(text.slice(at))?.[0].length ?? 0);
  const nothing = Symbol("nothing yet");

  function string(): { readonly text: string; readonly whole: boolean } {
    const rest = text.slice(at);
    const whole = /^"(?:[^"\\]|\\.)*"/s.exec(rest)?.[0];
    if (whole !== undefined) {
      at += whole.length;
      return { text: JSON.parse(whole) as string, whole: true };
    }
    at = text.length;
    const uncut = rest.replace(/^("(?:[^"\\]|\\[^u]|\\u[\da-f]{4})*)(?:\\(?:u[\da-f]{0,3})?)?$/is, "$1");
    return { text: (JSON.parse(`${uncut}"`) as string).replace(/[\ud800-\udbff]$/, ""), whole: false };
  }

  function value(): unknown {
    space();
    if (!more()) return nothing;
    if (text[at] === '"') return string().text;
    if (text[at] === "[") return list();
    if (text[at] === "{") return record();
    const scalar = /^[^,\]}\s]*/.exec(text.slice(at))?.[0] ?? "";
    at += scalar.length;
    if (!more() && !["true", "false", "null"].includes(scalar)) return nothing;
    return JSON.parse(scalar);
  }

  function list(): unknown[] {
    const items: unknown[] = [];
    for (at += 1, space(); more() && text[at] !== "]"; space(), at += text[at] === "," ? 1 : 0) {
      const item = value();
      if (item !== nothing) items.push(item);
    }
    at += 1;
    return items;
  }

  function record(): object {
    const entries: [string, unknown][] = [];
    for (at += 1, space(); more() && text[at] !== "}"; space(), at += text[at] === "," ? 1 : 0, space()) {
      const key = string();
      space();
      at += 1; // the colon
      const entry = key.whole ? value() : nothing;
      if (entry !== nothing && key.text !== "__proto__") entries.push([key.text, entry]);
    }
    at += 1;
    return Object.fromEntries(entries);
  }

  const result = value();
  return result === nothing ? undefined : result;
}
