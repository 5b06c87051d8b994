import { readFile, writeFile } from "node:fs/promises";

const PAGE = new URL("../../docs/deploy.md", import.meta.url);
const END = "<!-- end of what was measured -->";

/** The parts of the page that a measurement writes, each between marks of its own. */
export type MeasuredPart = "llama-server" | "ollama" | "vllm" | "resident";

/** Puts a text and a table in the place of what was measured before. */
export async function writeMeasured(
  part: MeasuredPart,
  text: string,
  rows: readonly (readonly string[])[],
): Promise<void> {
  const page = await readFile(PAGE, "utf8");
  const mark = `<!-- measured by npm run measure:memory -- ${part} -->\n`;
  const [before = "", rest] = page.split(mark);
  if (rest === undefined) throw new Error(`docs/deploy.md has no mark for ${part}.`);
  const [head = [], ...body] = rows;
  const table = [head, head.map(() => "---"), ...body].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  await writeFile(PAGE, `${before}${mark}${text}\n\n${table}\n${rest.slice(rest.indexOf(END))}`);
}
