import type { OnProgress, WorkProgress } from "../deploy.ts";
import { bytesText } from "../deploy/plan/plan-words.ts";

/** Where progress is written, and how. */
export interface ProgressPlace {
  /** Writes as it is, without a line's end. */
  write(text: string): void;
  /** A terminal: one line is written over and over. Else a line of its own now and then. */
  readonly terminal: boolean;
  /** Characters of a line. Default 80. */
  readonly columns?: number;
  /** The time in milliseconds. Default: this machine's. */
  readonly now?: () => number;
}

/** A line of progress that is written as work goes on. */
export interface ProgressLine {
  readonly onProgress: OnProgress;
  /** Ends it: on a terminal the line goes, so that what follows stands alone. */
  end(): void;
}

/** How often a line is written, in milliseconds. */
const onTerminalMs = 100;
const elsewhereMs = 10_000;
/** The rate is that of the last seconds. */
const rateMs = 5_000;

/** Writes progress with percentage, rate and the time that is left, as far as they are known. */
export function progressLine({ write, terminal, columns = 80, now = Date.now }: ProgressPlace): ProgressLine {
  let task: string | undefined;
  let writtenAt = Number.NEGATIVE_INFINITY;
  let isShown = false;
  let samples: { readonly at: number; readonly done: number }[] = [];

  return {
    onProgress(progress) {
      const at = now();
      const isNew = progress.task !== task;
      if (isNew) samples = [];
      task = progress.task;
      samples.push({ at, done: progress.done ?? 0 });
      while (samples.length > 2 && at - (samples[1]?.at ?? at) >= rateMs) samples.shift();
      const isOver = progress.total !== undefined && progress.done === progress.total;
      if (!isNew && !isOver && at - writtenAt < (terminal ? onTerminalMs : elsewhereMs)) return;
      writtenAt = at;
      const text = lineOf(progress, rateOf(samples));
      isShown = true;
      write(terminal ? `\r\u001B[K${text.slice(0, columns - 1)}` : `${text}\n`);
    },
    end() {
      if (terminal && isShown) write("\r\u001B[K");
      isShown = false;
    },
  };
}

/** A second; absent where nothing is known yet. */
function rateOf(samples: readonly { readonly at: number; readonly done: number }[]): number | undefined {
  const [first] = samples;
  const last = samples.at(-1);
  if (!first || !last || last.at - first.at < 500 || last.done <= first.done) return undefined;
  return ((last.done - first.done) * 1_000) / (last.at - first.at);
}

function lineOf({ task, done, total, unit }: WorkProgress, rate: number | undefined): string {
  if (done === undefined) return task;
  const text = (count: number): string => (unit === "bytes" ? bytesText(count) : `${count}${unit ? ` ${unit}` : ""}`);
  const share = total === undefined || total === 0 ? [] : [`${Math.floor((100 * done) / total)} %`];
  const amount = total === undefined ? text(done) : `${text(done)} of ${text(total)}`;
  const speed = rate === undefined || unit !== "bytes" ? [] : [`${bytesText(rate)}/s`];
  const left =
    rate === undefined || total === undefined || done >= total ? [] : [`${timeText((total - done) / rate)} left`];
  return `${task}: ${[...share, amount, ...speed, ...left].join(", ")}`;
}

function timeText(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  if (seconds < 3_600) return `${Math.ceil(seconds / 60)} min`;
  return `${Math.floor(seconds / 3_600)} h ${Math.ceil((seconds % 3_600) / 60)} min`;
}
