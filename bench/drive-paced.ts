import { monitorEventLoopDelay } from "node:perf_hooks";

import { verifyAnswer, type Received } from "./answer.ts";
import { measured, outcomeOf, type Outcome, type Region } from "./outcome.ts";
import { receive } from "./receive.ts";
import type { RegionCost, Tick } from "./region.ts";
import type { OpenSubject, Subject } from "./subject.ts";
import type { Size } from "./workloads.ts";

/** Of the streams that are open while the live heap is looked at; half of them have come by then. */
const heapTokens = 40;
const lagResolutionMs = 1;

/** Streams side by side, on connections that stand. */
export async function paced(open: OpenSubject, place: string, size: Size, region: Region): Promise<Outcome> {
  const { tokens, parallel } = size;
  const subject = open(`${place}/${tokens}`);
  verifyAnswer(await receive(subject), tokens);
  const before = process.memoryUsage.rss();
  for (const answer of await sideBySide(subject, parallel)) verifyAnswer(answer, tokens);
  const { cost, lagMs } = await measureStreams(subject, size, region);
  const rssKb = (peakRss() - before) / 1_024 / parallel;
  await subject.close?.();
  const heapKb = await liveHeap(open(`${place}/${heapTokens}`), parallel);
  return outcomeOf({ paced: [cost, tokens * parallel] }, { "lag p99": lagMs, "peak rss": rssKb, "live heap": heapKb });
}

/** As many streams as a server may have to serve at once, opened at once. */
export async function many(open: OpenSubject, place: string, size: Size, region: Region): Promise<Outcome> {
  const { tokens, parallel } = size;
  const warm = open(`${place}/${heapTokens}`);
  for (const answer of await sideBySide(warm, parallel / 5)) verifyAnswer(answer, heapTokens);
  await warm.close?.();
  const subject = open(`${place}/${tokens}`);
  const { cost, lagMs } = await measureStreams(subject, size, region);
  await subject.close?.();
  const late = cost.wallMs / (tokens * tokenMs);
  return outcomeOf({ many: [cost, tokens * parallel] }, { "lag p99": lagMs, delivered: cost.wallMs, late });
}

/** From one token of a stream to the next; see `timer-wheel.ts`. */
const tokenMs = 20;

async function measureStreams(
  subject: Subject,
  { tokens, parallel }: Size,
  region: Region,
): Promise<{ readonly cost: RegionCost; readonly lagMs: number }> {
  const lag = monitorEventLoopDelay({ resolution: lagResolutionMs });
  let received: readonly Received[] = [];
  const cost = await measured(region, 100, async (tick) => {
    lag.enable();
    received = await sideBySide(subject, parallel, tick);
    lag.disable();
  });
  for (const answer of received) verifyAnswer(answer, tokens);
  return { cost, lagMs: lag.percentile(99) / 1e6 - lagResolutionMs };
}

function sideBySide(subject: Subject, parallel: number, tick?: Tick): Promise<Received[]> {
  return Promise.all(Array.from({ length: parallel }, () => receive(subject, tick)));
}

/** What an open stream holds in the heap, in kB: looked at in the middle of all, when nothing else is going on. */
async function liveHeap(subject: Subject, parallel: number): Promise<number> {
  const { gc } = globalThis;
  if (!gc) throw new Error("The worker runs with --expose-gc.");
  const heapAfterCollection = (): number => {
    gc();
    return process.memoryUsage().heapUsed;
  };
  const before = heapAfterCollection();
  let left = (heapTokens * parallel) / 2;
  let during = 0;
  const received = await sideBySide(subject, parallel, () => {
    left -= 1;
    if (left === 0) during = heapAfterCollection();
  });
  for (const answer of received) verifyAnswer(answer, heapTokens);
  await subject.close?.();
  return (during - before) / 1_024 / parallel;
}

/** In bytes, of the whole life of the process. */
const peakRss = (): number => process.resourceUsage().maxRSS * 1_024;
