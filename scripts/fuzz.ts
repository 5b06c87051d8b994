/**
 * Tries random inputs on everything that reads what servers and models write, and damaged files of models on what reads these,
 * and prints what it tried.
 *
 *     npm run fuzz -- --seconds 60 --seed 7
 *
 * Without a seed the time of day is one. A seed that found something goes into test/fault/fuzz.test.ts.
 */
import { parseArgs } from "node:util";

import { fuzzFiles } from "../test/fault/fuzz-files.ts";
import { fuzz } from "../test/fault/fuzz.ts";

const { values } = parseArgs({ options: { seconds: { type: "string", default: "60" }, seed: { type: "string" } } });
const seed = Number(values.seed ?? Date.now() % 4_294_967_296);
const halfMs = Number(values.seconds) * 500;
const until = (endsAt: number) => (): boolean => performance.now() < endsAt;
const streams = fuzz(seed, until(performance.now() + halfMs));
const files = await fuzzFiles(seed, until(performance.now() + halfMs));
const inputs = { ...streams.inputs, ...files.inputs };
const broken = [...streams.broken, ...files.broken];
const slowestMs = Math.max(streams.slowestMs, files.slowestMs);
const total = Object.values(inputs).reduce((sum, count) => sum + count, 0);

console.log(`seed ${seed}`);
for (const [target, count] of Object.entries(inputs)) console.log(`${String(count).padStart(10)}  ${target}`);
console.log(
  `${String(total).padStart(10)}  inputs, the slowest in ${Math.round(slowestMs)} ms, ${broken.length} broken laws`,
);
for (const { target, input, law } of broken) console.log(`\n${target}: ${law}\n${JSON.stringify(input)}`);
process.exitCode = broken.length === 0 ? 0 : 1;
