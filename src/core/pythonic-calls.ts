import { isBlank, valueScanner, type CallNotation, type TextCall } from "./call-notation.ts";
import { pythonLiteral } from "./python-literal.ts";

/** `[get_weather(city="Ulm", days=3), clock()]`: Llama 3.2 and 4, and others that were taught Python. */
export const pythonicCalls: CallNotation = {
  opens: (names) => names.map((name) => `[${name}(`),
  place: "line",
  block(isTool, opening) {
    const ends = valueScanner(`"'`);
    for (const char of opening) ends(char);
    let over = false;
    return {
      step(char) {
        if (!over) {
          over = ends(char);
          return "more";
        }
        if (char === "\n") return "over-before";
        return isBlank(char) ? "more" : "none"; // a line of its own, so that a link in prose is none
      },
      mayEnd: () => over,
      read(block) {
        const calls = readCalls(block.trim());
        return calls?.every(({ name }) => isTool(name)) ? calls : undefined;
      },
    };
  },
};

function readCalls(text: string): readonly TextCall[] | undefined {
  const calls: TextCall[] = [];
  let at = 1;
  const skip = (): void => {
    while (isBlank(text[at] ?? "")) at += 1;
  };
  const takes = (char: string): boolean => {
    skip();
    if (text[at] !== char) return false;
    at += 1;
    return true;
  };
  const word = (): string | undefined => {
    skip();
    const [found] = /^[\w-]+/.exec(text.slice(at, at + 65)) ?? [];
    at += found?.length ?? 0;
    return found;
  };
  do {
    const name = word();
    if (name === undefined || !takes("(")) return undefined;
    const members: string[] = [];
    const seen = new Set<string>();
    while (!takes(")")) {
      if (members.length > 0 && !takes(",")) return undefined;
      const key = word();
      if (key === undefined || seen.has(key) || !takes("=")) return undefined;
      seen.add(key);
      skip();
      const value = pythonLiteral(text, at);
      if (!value) return undefined;
      members.push(`${JSON.stringify(key)}:${value.json}`);
      at = value.end;
    }
    calls.push({ name, arguments: `{${members.join(",")}}` });
  } while (takes(","));
  return takes("]") && at === text.length ? calls : undefined;
}
