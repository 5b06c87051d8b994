import type { AnalysisSource } from "../../core/analysis-checkpoint.ts";
import { clockTime } from "../files/clock-time.ts";

/** The places that a mark stands for. */
export type MarkTable = ReadonlyMap<string, readonly AnalysisSource[]>;

/** What a text cites. */
export interface Citations {
  /** Places whose marks were shown to the model, each once, in the order of the material. */
  readonly sources: readonly AnalysisSource[];
  /** Marks that look like ours and were never shown. */
  readonly unknown: readonly string[];
}

/**
 * The mark that stands before what is from these places, without its brackets: `page 3`, `1:02:15`, `lines 10-24`,
 * `part 2, page 3`; of several, in the order of the material, from the first to the last: `pages 3-7`.
 */
export function markOf(sources: readonly AnalysisSource[]): string {
  const [first] = sources;
  const last = sources.at(-1);
  if (!first || !last) return "";
  if (first.part !== last.part && sources.every(isWhole))
    return range("picture", "pictures", first.part ?? 1, last.part ?? 1);
  if (first.part !== last.part) return range("part", "parts", first.part ?? 1, last.part ?? 1);
  const inPart = first.part === undefined ? "" : `part ${first.part}, `;
  if ("page" in first && "page" in last) return inPart + range("page", "pages", first.page, last.page);
  if ("fromLine" in first && "toLine" in last) return inPart + range("line", "lines", first.fromLine, last.toLine);
  if ("fromMs" in first && "toMs" in last) {
    return inPart + (first === last ? clockTime(first.fromMs) : `${clockTime(first.fromMs)}-${clockTime(last.toMs)}`);
  }
  return `picture ${first.part ?? 1}`;
}

const range = (one: string, many: string, from: number, to: number): string =>
  from === to ? `${one} ${from}` : `${many} ${from}-${to}`;

/** A table of marks; a mark that is there twice stands for the places of both. */
export function markTable(entries: Iterable<readonly [mark: string, sources: readonly AnalysisSource[]]>): MarkTable {
  const table = new Map<string, readonly AnalysisSource[]>();
  for (const [mark, sources] of entries) {
    const key = plain(mark);
    table.set(key, distinctSources([...(table.get(key) ?? []), ...sources]));
  }
  return table;
}

/** What is shown as a whole is a picture. */
const isWhole = (source: AnalysisSource): boolean =>
  !("page" in source) && !("fromMs" in source) && !("fromLine" in source);

const ours = /^(pages?|lines?|pictures?|parts?) \d|^\d{1,2}:\d\d/;

/** Finds the marks in a text, and checks each against what was shown: a model invents them as it does anything else. */
export function citationsIn(text: string, table: MarkTable): Citations {
  const sources: AnalysisSource[] = [];
  const unknown = new Set<string>();
  for (const [, inside = ""] of text.matchAll(/\[([^[\]\n]{1,200})\]/g)) {
    const mark = plain(inside);
    const known = table.get(mark);
    // A model that means two places writes [page 3, page 4] as often as [page 3] [page 4].
    const each = known
      ? [mark]
      : mark.split(/(?:,|;| and |&)\s*(?=page|line|picture|part|\d)/).map((one) => one.trim());
    for (const one of each) {
      const found = table.get(one);
      if (found) sources.push(...found);
      else if (ours.test(one)) unknown.add(one);
    }
  }
  return { sources: distinctSources(sources), unknown: [...unknown] };
}

const plain = (mark: string): string =>
  mark
    .toLowerCase()
    .replaceAll(/[\u2010-\u2015]/g, "-")
    .replaceAll(/\s+/g, " ")
    .trim();

/** Each place once, in the order of the material. */
export function distinctSources(sources: readonly AnalysisSource[]): readonly AnalysisSource[] {
  const byKey = new Map(sources.map((source) => [JSON.stringify(placeOf(source)), source]));
  return [...byKey.values()].toSorted((a, b) => {
    const [first, second] = [placeOf(a), placeOf(b)];
    return first[0] - second[0] || first[1] - second[1] || first[2] - second[2];
  });
}

/** Where a place is: its part, where it begins and where it ends. */
function placeOf(source: AnalysisSource): readonly [part: number, from: number, to: number] {
  const part = source.part ?? 0;
  if ("page" in source) return [part, source.page, source.page];
  if ("fromMs" in source) return [part, source.fromMs, source.toMs];
  return "fromLine" in source ? [part, source.fromLine, source.toLine] : [part, 0, 0];
}
