import { verifyAnswer, type Received } from "./answer.ts";
import { documentText } from "./document.ts";
import { measureRegion, type RegionCost, type Tick } from "./region.ts";
import type { OpenSubject, Subject } from "./subject.ts";
import type { Size, Workload } from "./workloads.ts";

/** What one process found out about one subject. */
export interface Outcome {
  /** By the name of the figure: microseconds of CPU per token or call, or of latency. */
  readonly figures: Readonly<Record<string, number>>;
  /** What the figures of CPU time were before they were scaled, and the probe's times. */
  readonly raw: Readonly<Record<string, number>>;
}

/** Runs one workload against the server at `origin`; rejects unless every answer came back whole. */
export interface Drive {
  (open: OpenSubject, origin: string, size: Size, region: Region): Promise<Outcome>;
}

/** Around the region that is measured, or profiled, when all is warm. */
export type Region = (body: () => Promise<void>) => Promise<void>;

export const drives: Readonly<Record<Workload, Drive>> = {
  verify: (open, origin, size) => verify(open, `${origin}/verify`, size),
  ndverify: (open, origin, size) => verify(open, `${origin}/ndverify`, size),
  flood: (open, origin, ...rest) => flood(open, `${origin}/flood`, ...rest),
  ndflood: (open, origin, ...rest) => flood(open, `${origin}/ndflood`, ...rest),
  paced: (open, origin, ...rest) => paced(open, `${origin}/paced`, ...rest),
  ndpaced: (open, origin, ...rest) => paced(open, `${origin}/ndpaced`, ...rest),
  unary: (open, origin, ...rest) => unary(open, `${origin}/unary`, ...rest),
  structured: (open, origin, ...rest) => structured(open, `${origin}/structured`, ...rest),
  tools: (open, origin, ...rest) => tools(open, `${origin}/tools`, ...rest),
  ttft: (open, origin, size) => ttft(open, `${origin}/ttft`, size),
};

async function verify(open: OpenSubject, place: string, { tokens, answers }: Size): Promise<Outcome> {
  const subject = open(`${place}/${tokens}`);
  for (let index = 0; index < answers; index += 1) verifyAnswer(await receive(subject), tokens);
  await subject.close();
  return { figures: {}, raw: {} };
}

async function flood(open: OpenSubject, place: string, size: Size, region: Region): Promise<Outcome> {
  const subject = open(`${place}/${size.tokens}`);
  const received: Received[] = [];
  const streams = async (count: number, tick?: Tick): Promise<void> => {
    for (let index = 0; index < count; index += 1) received.push(await receive(subject, tick));
  };
  const first = await measureRegion(500, (tick) => streams(1, tick));
  await streams(size.warmUp);
  const all = await measured(region, 500, (tick) => streams(size.answers, tick));
  for (const answer of received) verifyAnswer(answer, size.tokens);
  await subject.close();
  return outcomeOf({ first: [first, size.tokens], flood: [all, size.tokens * size.answers] });
}

async function paced(open: OpenSubject, place: string, size: Size, region: Region): Promise<Outcome> {
  const { tokens, parallel } = size;
  const subject = open(`${place}/${tokens}`);
  const streams = (tick?: Tick): Promise<Received[]> =>
    Promise.all(Array.from({ length: parallel }, () => receive(subject, tick)));
  const received = await streams();
  const all = await measured(region, 100, async (tick) => {
    received.push(...(await streams(tick)));
  });
  for (const answer of received) verifyAnswer(answer, tokens);
  await subject.close();
  return outcomeOf({ paced: [all, tokens * parallel] });
}

async function unary(open: OpenSubject, place: string, size: Size, region: Region): Promise<Outcome> {
  const { tokens, parallel } = size;
  const subject = open(`${place}/${tokens}`);
  const texts: string[] = [];
  const calls = async (count: number, tick?: Tick): Promise<void> => {
    let left = count;
    const caller = async (): Promise<void> => {
      for (; left > 0; tick?.()) {
        left -= 1;
        texts.push(await subject.chat());
      }
    };
    await Promise.all(Array.from({ length: parallel }, caller));
  };
  await calls(size.warmUp);
  const all = await measured(region, 20, (tick) => calls(size.answers, tick));
  for (const text of texts) verifyAnswer({ text, deltas: tokens }, tokens);
  await subject.close();
  return outcomeOf({ unary: [all, size.answers] });
}

/** Three lengths in one process: a cost that grows faster than the document shows in the figures per delta. */
async function structured(open: OpenSubject, place: string, size: Size, region: Region): Promise<Outcome> {
  const costs: Record<string, readonly [RegionCost, number]> = {};
  for (const [name, share] of [
    ["16 kB", 8],
    ["64 kB", 2],
    ["128 kB", 1],
  ] as const) {
    const deltas = Math.round(size.tokens / share);
    const subject = open(`${place}/${deltas}`);
    if (!subject.object) throw new Error("The subject reads no objects.");
    const { object: read } = subject;
    const objects: unknown[] = [];
    let partials = 0;
    const run = async (answers: number, tick?: Tick): Promise<void> => {
      for (let index = 0; index < answers; index += 1) {
        objects.push(
          await read(() => {
            partials += 1;
            tick?.();
          }),
        );
      }
    };
    await run(size.warmUp * share);
    const all = await measured(region, 500, (tick) => run(size.answers * share, tick));
    costs[name] = [all, deltas * size.answers * share];
    const text = documentText(deltas);
    if (!objects.every((object) => JSON.stringify(object) === text)) throw new Error(`${name}: another object came.`);
    if (partials !== deltas * objects.length)
      throw new Error(`${name}: ${partials} partials for ${objects.length} objects.`);
    await subject.close();
  }
  return outcomeOf(costs);
}

/** A call whose arguments are a document. */
async function tools(open: OpenSubject, place: string, { tokens, ...size }: Size, region: Region): Promise<Outcome> {
  const subject = open(`${place}/${tokens}`);
  if (!subject.call) throw new Error("The subject reads no tool calls.");
  const { call: read } = subject;
  const expected = documentText(tokens);
  let deltas = 0;
  let calls = 0;
  const run = async (answers: number, tick?: Tick): Promise<void> => {
    for (let index = 0; index < answers; index += 1) {
      const given = await read(() => {
        deltas += 1;
        tick?.();
      });
      calls += 1;
      if (JSON.stringify(given) !== expected) throw new Error("Other arguments came.");
    }
  };
  await run(size.warmUp);
  const all = await measured(region, 500, (tick) => run(size.answers, tick));
  if (deltas !== tokens * calls) throw new Error(`${deltas} deltas for ${calls} calls.`);
  await subject.close();
  return outcomeOf({ tools: [all, tokens * size.answers] });
}

/** The first delta of an answer holds the server's two times, on the clock that all processes share. */
async function ttft(open: OpenSubject, place: string, { tokens, warmUp, answers }: Size): Promise<Outcome> {
  const subject = open(`${place}/${tokens}`);
  const request: number[] = [];
  const delta: number[] = [];
  const both: number[] = [];
  for (let index = -warmUp; index < answers; index += 1) {
    const calledAt = process.hrtime.bigint();
    let arrivedAt = 0n;
    const { text, deltas } = await receive(subject, () => (arrivedAt ||= process.hrtime.bigint()));
    const [times = "", ...rest] = text.split(";");
    verifyAnswer({ text: rest.join(";"), deltas: deltas - 1 }, tokens);
    if (index < 0) continue;
    const [readAt = 0n, writtenAt = 0n] = times.split(":").map(BigInt);
    request.push(Number(readAt - calledAt) / 1_000);
    delta.push(Number(arrivedAt - writtenAt) / 1_000);
    both.push(Number(readAt - calledAt + arrivedAt - writtenAt) / 1_000);
  }
  await subject.close();
  return { figures: { request: median(request), delta: median(delta), both: median(both) }, raw: {} };
}

async function receive(subject: Subject, tick?: Tick): Promise<Received> {
  let text = "";
  let deltas = 0;
  await subject.stream((piece) => {
    text += piece;
    deltas += 1;
    tick?.();
  });
  return { text, deltas };
}

async function measured(region: Region, probeEvery: number, body: (tick: Tick) => Promise<void>): Promise<RegionCost> {
  let cost: RegionCost | undefined;
  await region(async () => {
    cost = await measureRegion(probeEvery, body);
  });
  if (!cost) throw new Error("The region was not run.");
  return cost;
}

function outcomeOf(costs: Readonly<Record<string, readonly [RegionCost, number]>>): Outcome {
  const figures: Record<string, number> = {};
  const raw: Record<string, number> = {};
  for (const [name, [cost, units]] of Object.entries(costs)) {
    figures[name] = cost.scaledUs / units;
    raw[name] = cost.rawUs / units;
    raw[`${name} per second`] = (units * 1_000) / cost.wallMs;
    raw[`${name} probe`] = cost.probeUs;
  }
  return { figures, raw };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
