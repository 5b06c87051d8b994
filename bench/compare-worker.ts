import { parseArgs } from "node:util";

import { verifyAnswer, type Received } from "./answer.ts";
import type { openSubject } from "./open-subject.ts";
import { median } from "./outcome.ts";
import { protocolOf } from "./peers.ts";
import { receive } from "./receive.ts";
import type { Subject } from "./subject.ts";
import { workloads } from "./workloads.ts";

/**
 * Floor, old and new sources in one process, in turns of a second or less, so that all three meet the same machine. Prints the
 * CPU time of each turn in microseconds, or for `ttft` what the client takes to the first token, as JSON.
 */
const { values } = parseArgs({
  options: {
    workload: { type: "string", default: "unary" },
    port: { type: "string", default: "" },
    rounds: { type: "string", default: "40" },
    old: { type: "string", default: "" },
    new: { type: "string", default: "" },
  },
});
const workload = workloads.find((name) => name === values.workload) ?? "unary";

/** Tokens of an answer, answers of a turn, and how many of them run at a time. */
const turns: Readonly<Partial<Record<typeof workload, readonly [tokens: number, answers: number, parallel: number]>>> =
  {
    unary: [64, 500, 8],
    ttft: [8, 40, 1],
    flood: [5_000, 1, 1],
    ndflood: [5_000, 1, 1],
    paced: [25, 200, 200],
    ndpaced: [25, 200, 200],
  };
const [tokens, answers, parallel] = turns[workload] ?? [0, 0, 0];
if (answers === 0) throw new Error(`--only takes ${Object.keys(turns).join(", ")}.`);

async function subjectOf(name: string, folder: string): Promise<Subject> {
  const module = (await import(`${folder}/open-subject.mjs`)) as { readonly openSubject: typeof openSubject };
  return (await module.openSubject(name, protocolOf(workload)))(
    `http://127.0.0.1:${values.port}/${workload}/${tokens}`,
  );
}

const subjects = [
  await subjectOf("floor", values.new),
  await subjectOf("inhouse", values.old),
  await subjectOf("inhouse", values.new),
];

/** What one turn costs: its garbage is collected within it. */
async function turn(subject: Subject): Promise<number> {
  const firstTokens: number[] = [];
  let left = answers;
  const ask = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const calledAt = process.hrtime.bigint();
      let arrivedAt = 0n;
      const answer =
        workload === "unary"
          ? { text: await subject.chat(), deltas: tokens }
          : await receive(subject, () => (arrivedAt ||= process.hrtime.bigint()));
      if (workload === "ttft") firstTokens.push(Number(arrivedAt - calledAt - serverTime(answer)) / 1_000);
      else verifyAnswer(answer, tokens);
    }
  };
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: parallel }, ask));
  globalThis.gc?.({ type: "minor" });
  const { user, system } = process.cpuUsage(before);
  if (workload !== "ttft") return user + system;
  return median(firstTokens);
}

/** What the server took from the request to the first token: its two times are the first delta. */
function serverTime({ text }: Received): bigint {
  const [readAt = "", writtenAt = ""] = text.split(/[:;]/);
  return BigInt(writtenAt) - BigInt(readAt);
}

for (let round = 0; round < 5; round += 1) for (const subject of subjects) await turn(subject);
const costs: number[][] = [];
for (let round = 0; round < Number(values.rounds); round += 1) {
  const cost: number[] = [];
  for (let index = 0; index < subjects.length; index += 1) {
    const which = (index + round) % subjects.length;
    cost[which] = await turn(subjects[which] as Subject);
  }
  costs.push(cost);
}
const unit = workload === "ttft" ? 1 : answers * (workload === "unary" ? 1 : tokens);
process.stdout.write(JSON.stringify(costs.map((cost) => cost.map((value) => value / unit))), () => process.exit());
