import { partialJson } from "./partial-json.ts";

/**
 * Reads one JSON string that arrives in pieces: a function of a piece that returns what of the text it adds. Throws
 * `schema` for what is no JSON string.
 */
export function jsonText(): (piece: string) => string {
  const reader = partialJson();
  let said = 0;
  return (piece) => {
    reader.push(piece);
    const { value } = reader;
    if (typeof value !== "string") return "";
    const more = value.slice(said);
    said = value.length;
    return more;
  };
}
