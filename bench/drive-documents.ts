import { documentText } from "./document.ts";
import { measured, outcomeOf, type Outcome, type Region } from "./outcome.ts";
import type { RegionCost, Tick } from "./region.ts";
import type { OpenSubject, Subject } from "./subject.ts";
import { portion, type Size } from "./workloads.ts";

/** By name, the length of a document as a part of the longest: lengths in one process show a cost that grows faster. */
type Lengths = Readonly<Record<string, number>>;

const objectLengths: Lengths = { "16 kB": 8, "64 kB": 2, "128 kB": 1 };
const callLengths: Lengths = { "3 kB": 20, "60 kB": 1 };

/** Objects, as partial objects while they come. */
export async function structured(open: OpenSubject, place: string, size: Size, region: Region): Promise<Outcome> {
  const { tokens, mostPieces = tokens } = size;
  const others = tokens > mostPieces ? {} : { "peak rss": await peakRss(open(`${place}/${tokens}`)) };
  const { costs, counts } = await documents(objectLengths, size, region, (pieces) => {
    const subject = open(`${place}/${pieces}`);
    if (!subject.object) throw new Error("The subject reads no objects.");
    return { read: subject.object, close: subject.close, skips: subject.skipsPartials };
  });
  return outcomeOf(costs, others, counts);
}

/** What the first object of a process adds to its memory, in MB. */
async function peakRss(subject: Subject): Promise<number> {
  const before = process.memoryUsage.rss();
  await subject.object?.(() => undefined);
  const peak = process.resourceUsage().maxRSS * 1_024;
  await subject.close?.();
  return (peak - before) / 2 ** 20;
}

/** Calls whose arguments are a document. */
export async function tools(open: OpenSubject, place: string, size: Size, region: Region): Promise<Outcome> {
  const { costs, counts } = await documents(callLengths, size, region, (pieces) => {
    const subject = open(`${place}/${pieces}`);
    if (!subject.call) throw new Error("The subject reads no tool calls.");
    return { read: subject.call, close: subject.close };
  });
  return outcomeOf(costs, {}, counts);
}

interface DocumentReader {
  /** Reads one document, and tells of every piece. */
  readonly read: (onPiece: () => void) => Promise<unknown>;
  readonly close: (() => Promise<void>) | undefined;
  /** Whether it does not tell of all. */
  readonly skips?: true | undefined;
}

async function documents(lengths: Lengths, size: Size, region: Region, open: (pieces: number) => DocumentReader) {
  const { mostPieces = Number.POSITIVE_INFINITY, share } = size;
  const costs: Record<string, readonly [RegionCost, number]> = {};
  const counts: Record<string, number> = {};
  for (const [name, part] of Object.entries(lengths)) {
    const pieces = Math.round(size.tokens / part);
    if (pieces > mostPieces) continue;
    const { read, close, skips } = open(pieces);
    const text = documentText(pieces);
    let told = 0;
    const run = async (answers: number, tick?: Tick): Promise<void> => {
      for (let index = 0; index < answers; index += 1) {
        const given = await read(() => {
          told += 1;
          tick?.();
        });
        if (JSON.stringify(given) !== text) throw new Error(`${name}: another document came.`);
      }
    };
    const warmUp = portion(size.warmUp * part, share);
    const answers = portion(size.answers * part, share);
    await run(warmUp);
    costs[name] = [await measured(region, skips ? 20 : 500, (tick) => run(answers, tick)), pieces * answers];
    const documentCount = warmUp + answers;
    counts[`${name} told`] = told / documentCount;
    if (skips ? told < documentCount : told !== pieces * documentCount) {
      throw new Error(`${name}: told ${told} times of ${pieces * documentCount} pieces.`);
    }
    await close?.();
  }
  return { costs, counts };
}
