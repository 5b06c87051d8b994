import { existsSync, readFileSync } from "node:fs";
import type { Profiler } from "node:inspector";
import { SourceMap, type SourceMapPayload } from "node:module";
import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const repository = resolve(import.meta.dirname, "..");

/** The functions with the most time of their own in a CPU profile, as shares of the time that was not idle. */
export function formatProfile(path: string, count = 25): string {
  const { nodes, samples = [], timeDeltas = [] } = JSON.parse(readFileSync(path, "utf8")) as Profiler.Profile;
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const functions = new Map<string, number>();
  const places = new Map<string, number>();
  let busy = 0;
  for (const [index, id] of samples.entries()) {
    const frame = byId.get(id)?.callFrame;
    const micros = timeDeltas[index] ?? 0;
    if (!frame || frame.functionName === "(idle)") continue;
    const place = placeOf(frame);
    if (place.startsWith("bench/probe.ts")) continue;
    busy += micros;
    add(functions, `${frame.functionName || "(anonymous)"}  ${place}`, micros);
    add(places, groupOf(place), micros);
  }
  const list = (shares: ReadonlyMap<string, number>): string =>
    [...shares]
      .toSorted(([, a], [, b]) => b - a)
      .slice(0, count)
      .map(([name, micros]) => `${((micros / busy) * 100).toFixed(1).padStart(6)} %  ${name}`)
      .join("\n");
  return `${list(places)}\n\n${list(functions)}`;
}

function add(sums: Map<string, number>, key: string, value: number): void {
  sums.set(key, (sums.get(key) ?? 0) + value);
}

/** File and line as the author wrote them; empty for what is in V8 itself. */
function placeOf({ url, lineNumber, columnNumber }: Profiler.Profile["nodes"][number]["callFrame"]): string {
  if (!url.startsWith("file:")) return url === "" ? "" : `${url}:${lineNumber + 1}`;
  const path = fileURLToPath(url);
  const entry = sourceMapOf(path)?.findEntry(lineNumber, columnNumber);
  if (!entry || !("originalSource" in entry)) return `${relative(repository, path)}:${lineNumber + 1}`;
  return `${relative(repository, resolve(path, "..", entry.originalSource))}:${entry.originalLine + 1}`;
}

const maps = new Map<string, SourceMap | undefined>();

function sourceMapOf(path: string): SourceMap | undefined {
  const file = `${path}.map`;
  if (!maps.has(path)) {
    const own = !path.includes("node_modules") && existsSync(file);
    maps.set(path, own ? new SourceMap(JSON.parse(readFileSync(file, "utf8")) as SourceMapPayload) : undefined);
  }
  return maps.get(path);
}

function groupOf(place: string): string {
  if (place === "") return "V8: built-ins, garbage collection, native code";
  const [, dependency] = /node_modules\/([^/]+)\//.exec(place) ?? [];
  return dependency ?? /^(node:internal|src\/\w+|[\w-]+)/.exec(place)?.[0] ?? place;
}
