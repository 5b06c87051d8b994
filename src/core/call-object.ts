import { valueScanner, type IsTool, type TextCall } from "./call-notation.ts";
import { rawItems, rawMembers } from "./raw-json.ts";

const keys = new Set(["name", "arguments", "parameters", "id"]);

/**
 * A call as most models write it: `{"name": …, "arguments": {…}}`, with `parameters` in place of `arguments` and an `id`
 * allowed. Undefined where it names no offered tool, has no object of arguments, or has anything else in it.
 */
export function callOf(text: string, isTool: IsTool): TextCall | undefined {
  const members = rawMembers(text);
  if (!members || [...members.keys()].some((key) => !keys.has(key))) return undefined;
  const name: unknown = JSON.parse(members.get("name") ?? "null");
  const given = [members.get("arguments"), members.get("parameters")].filter((value) => value !== undefined);
  const [value] = given;
  if (typeof name !== "string" || !isTool(name) || given.length !== 1 || !value?.startsWith("{")) return undefined;
  return { name, arguments: value };
}

/** The calls in a text that is nothing but calls: one, a list of them, or some that follow each other. */
export function callsIn(text: string, isTool: IsTool): readonly TextCall[] | undefined {
  const items = rawItems(text) ?? valuesIn(text);
  const calls = items.map((item) => callOf(item, isTool));
  return calls.length > 0 && calls.every((call) => call !== undefined) ? calls : undefined;
}

/** Values in brackets that follow each other, with white space between them; what else stands there is a value too. */
function valuesIn(text: string): readonly string[] {
  const values: string[] = [];
  let scan = valueScanner();
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (!scan(text[at] ?? "")) continue;
    values.push(text.slice(start, at + 1).trim());
    start = at + 1;
    scan = valueScanner();
  }
  const rest = text.slice(start).trim();
  return rest === "" ? values : [...values, rest];
}

/** Enough of an object to see a name in it. */
const headLength = 160;

/** Whether a text may become a call, or a list of calls, when more of it comes: told by its first key and name. */
export function mayBecomeCall(text: string, isTool: IsTool): boolean {
  if (text.length > headLength) return true;
  const object = text.replace(/^\s*\[?\s*/, "");
  if (object === "") return true;
  const member = object.replace(/^\{\s*/, "");
  if (member === object) return false;
  const key = ['"name"', '"arguments"', '"parameters"'].find((known) =>
    known.startsWith(member.slice(0, known.length)),
  );
  if (key === undefined) return false;
  const [, name] = /^"name"\s*:\s*"([^"\\]*)"/.exec(member) ?? [];
  return name === undefined || isTool(name);
}
