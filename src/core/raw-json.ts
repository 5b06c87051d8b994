/**
 * The members of a JSON object, each value as it was written: a number keeps digits that JavaScript cannot hold. Undefined
 * where the text is no JSON object.
 */
export function rawMembers(text: string): ReadonlyMap<string, string> | undefined {
  if (!isJson(text, "{")) return undefined;
  const members = new Map<string, string>();
  for (const member of parts(text)) {
    const keyEnd = endOfText(member);
    members.set(JSON.parse(member.slice(0, keyEnd)) as string, member.slice(member.indexOf(":", keyEnd) + 1).trim());
  }
  return members;
}

/** The items of a JSON list, each as it was written; undefined where the text is no JSON list. */
export function rawItems(text: string): readonly string[] | undefined {
  return isJson(text, "[") ? parts(text) : undefined;
}

/** Whether a text is JSON of the kind that this bracket opens. */
function isJson(text: string, bracket: "{" | "["): boolean {
  if (!text.trimStart().startsWith(bracket)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false; // neither bad JSON nor one nested too deep is any
  }
}

/** What stands between the outer brackets of JSON text, parted at the outer commas. */
function parts(text: string): readonly string[] {
  const found: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  const add = (end: number): void => {
    const part = text.slice(start, end).trim();
    if (part !== "") found.push(part);
    start = end + 1;
  };
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (quoted) {
      if (char === "\\") at += 1;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === "{" || char === "[") {
      depth += 1;
      if (depth === 1) start = at + 1;
    } else if (char === "}" || char === "]") {
      depth -= 1;
      if (depth === 0) add(at);
    } else if (char === "," && depth === 1) add(at);
  }
  return found;
}

/** Where the JSON text ends with which a member begins. */
function endOfText(member: string): number {
  let at = 1;
  while (member[at] !== '"') at += member[at] === "\\" ? 2 : 1;
  return at + 1;
}
