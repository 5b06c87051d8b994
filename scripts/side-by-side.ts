/**
 * `npx tsx scripts/side-by-side.ts GROUP GROUP… [-- ARGUMENTS]`: runs groups of test projects (`unit,fault`), each in a
 * process of its own, at the same time: much of a test against a real server is waiting. What the first says is seen as it
 * comes, what the others say when they have ended. The last line sums up.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

const vitest = fileURLToPath(new URL("./vitest.mjs", import.meta.resolve("vitest/package.json")));
const children: ChildProcess[] = [];
const [groups, extra] = split(process.argv.slice(2));

/** What is before `--`, and what is after it. */
function split(words: readonly string[]): [string[], string[]] {
  const end = words.indexOf("--");
  return end < 0 ? [[...words], []] : [words.slice(0, end), words.slice(end + 1)];
}

interface Outcome {
  readonly code: number;
  readonly output: string;
}

/** Runs one group; without `live`, what it says is told at its end. */
async function run(group: string, live: boolean): Promise<Outcome> {
  const projects = group.split(",").flatMap((project) => ["--project", project]);
  const child = spawn(process.execPath, [vitest, "run", "--passWithNoTests", ...projects, ...extra], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...(process.stdout.isTTY ? { FORCE_COLOR: "1" } : {}) },
  });
  children.push(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (live) process.stdout.write(text);
    });
  }
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", reject).once("close", (status) => resolve(status ?? 1));
  });
  if (!live) process.stdout.write(output);
  return { code, output };
}

// Ctrl-C reaches the groups by itself. They stop their servers, and until then there is nothing to end here.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => children.forEach((child) => child.kill("SIGTERM")));

const outcomes = await Promise.all(groups.map((group, index) => run(group, index === 0)));
const counts = outcomes.map(({ output }) => output.match(/^\d+ passed, \d+ failed, \d+ skipped$/gm)?.at(-1));
const sums = [0, 0, 0];
for (const line of counts) {
  for (const [index, number] of (line?.match(/\d+/g) ?? []).entries())
    sums[index] = (sums[index] ?? 0) + Number(number);
}
const failed = outcomes.some(({ code }) => code !== 0) || counts.includes(undefined);
if (failed && sums[1] === 0) sums[1] = 1; // a group that ended without its counts
console.log(`${sums[0]} passed, ${sums[1]} failed, ${sums[2]} skipped`);
process.exitCode = failed ? 1 : 0;
