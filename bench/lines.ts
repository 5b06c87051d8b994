import type { Workload } from "./workloads.ts";

/** A line of the table: a figure of a workload. */
export interface Line {
  readonly workload: Workload;
  readonly figure: string;
  /** What it is, with its unit. */
  readonly label: string;
  /** What inhouse may cost at most: in floors, or as it is measured, by itself or above the floor. */
  readonly aim?: { readonly floors: number } | { readonly most: number } | { readonly aboveFloor: number };
  /** Whether inhouse need not be as good as the best peer. */
  readonly alone?: true;
}

export const lines: readonly Line[] = [
  { workload: "flood", figure: "flood", label: "one stream, CPU µs/token", aim: { floors: 1.5 } },
  { workload: "flood", figure: "first", label: "first stream of a process, CPU µs/token", aim: { floors: 1.5 } },
  { workload: "paced", figure: "paced", label: "200 streams, CPU µs/token", aim: { floors: 1.35 } },
  { workload: "paced", figure: "lag p99", label: "– loop lag p99, ms", aim: { most: 50 } },
  { workload: "paced", figure: "live heap", label: "– live heap, kB/stream", aim: { floors: 2.2 } },
  { workload: "paced", figure: "peak rss", label: "– peak RSS, kB/stream", aim: { most: 130 }, alone: true },
  { workload: "many", figure: "late", label: "1,000 streams, all delivered, × on time", aim: { most: 1.1 } },
  { workload: "many", figure: "lag p99", label: "– loop lag p99, ms", aim: { most: 450 } },
  { workload: "many", figure: "many", label: "– CPU µs/token" },
  { workload: "unary", figure: "unary", label: "whole answers, CPU µs/call", aim: { floors: 1.6 } },
  { workload: "ttft", figure: "both", label: "first token, both ways p50, µs", aim: { floors: 1.3 } },
  { workload: "ttft", figure: "p99", label: "– both ways p99, µs", aim: { floors: 2 } },
  { workload: "ttft", figure: "delta", label: "– byte written to token p50, µs", aim: { floors: 1.25 } },
  { workload: "ttft", figure: "request", label: "– call to request read p50, µs" },
  { workload: "upload", figure: "upload", label: "upload of 32 MB, CPU ms", aim: { floors: 2 } },
  {
    workload: "upload",
    figure: "peak rss",
    label: "– peak RSS, the file included, MB",
    aim: { most: 40 },
    alone: true,
  },
  { workload: "tools", figure: "3 kB", label: "tool call of 3 kB, CPU µs/delta", aim: { floors: 1.6 } },
  { workload: "tools", figure: "60 kB", label: "tool call of 60 kB, CPU µs/delta", aim: { floors: 1.6 } },
  { workload: "structured", figure: "16 kB", label: "object of 16 kB, CPU µs/delta", aim: { floors: 1.6 } },
  { workload: "structured", figure: "64 kB", label: "object of 64 kB, CPU µs/delta", aim: { floors: 1.6 } },
  { workload: "structured", figure: "128 kB", label: "object of 128 kB, CPU µs/delta", aim: { floors: 1.6 } },
  { workload: "structured", figure: "peak rss", label: "– peak RSS, MB", aim: { most: 40 }, alone: true },
  { workload: "ndflood", figure: "flood", label: "Ollama: one stream, CPU µs/token", aim: { floors: 1.4 } },
  { workload: "ndpaced", figure: "paced", label: "Ollama: 200 streams, CPU µs/token", aim: { floors: 1.35 } },
  { workload: "ndpaced", figure: "lag p99", label: "– loop lag p99, ms" },
  { workload: "ndpaced", figure: "live heap", label: "– live heap, kB/stream" },
  { workload: "import", figure: "import", label: "cold import, ms", aim: { most: 30 }, alone: true },
  { workload: "import", figure: "rss", label: "– RSS, MB", aim: { most: 5 }, alone: true },
  {
    workload: "import",
    figure: "first delta",
    label: "import to first token, ms",
    aim: { aboveFloor: 20 },
    alone: true,
  },
  {
    workload: "size",
    figure: "own",
    label: "files that a program may load (of others: all their own), kB",
    aim: { most: 1_500 },
    alone: true,
  },
  { workload: "size", figure: "installed", label: "– with their dependencies, kB" },
  {
    workload: "size",
    figure: "bundle",
    label: "bundle of one call, kB gzip (inhouse: entry chunk, dependencies apart)",
    aim: { most: 15 },
    alone: true,
  },
];
