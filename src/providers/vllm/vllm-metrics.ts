/** One number of a metric, and what it is about. */
export interface MetricSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What `GET /metrics` says. A server started with `--disable-log-stats` counts nothing: the numbers are absent then. */
export interface VllmMetrics {
  /** Requests that are being answered, over all engines. */
  readonly runningRequests?: number;
  /** Requests that wait for their turn, over all engines. */
  readonly waitingRequests?: number;
  /** How full the cache of keys and values is, of the fullest engine: 0 to 1. */
  readonly kvCacheUsage?: number;
  /** Every metric under its name as Prometheus has it, such as `vllm:prompt_tokens_total`. */
  readonly samples: ReadonlyMap<string, readonly MetricSample[]>;
}

/** Reads Prometheus' text format; a line that is none of it is left out. */
export function parseMetrics(text: string): VllmMetrics {
  const samples = new Map<string, MetricSample[]>();
  for (const line of text.split("\n")) {
    const [, name, labels = "", value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+([+-]?(?:\d|Inf|NaN)\S*)/.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    const list = samples.get(name) ?? [];
    list.push({ labels: labelsOf(labels), value: numberOf(value) });
    samples.set(name, list);
  }
  const sum = (...values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    ...overEngines("runningRequests", samples.get("vllm:num_requests_running"), sum),
    ...overEngines("waitingRequests", samples.get("vllm:num_requests_waiting"), sum),
    ...overEngines("kvCacheUsage", samples.get("vllm:kv_cache_usage_perc"), Math.max),
    samples,
  };
}

function overEngines<Name extends string>(
  name: Name,
  samples: readonly MetricSample[] | undefined,
  fold: (...values: number[]) => number,
): { readonly [name in Name]?: number } {
  if (!samples) return {};
  return { [name]: fold(...samples.map(({ value }) => value)) } as { readonly [name in Name]: number };
}

function labelsOf(text: string): Readonly<Record<string, string>> {
  const pairs = text.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g);
  return Object.fromEntries([...pairs].map(([, name = "", value = ""]) => [name, unescaped(value)]));
}

const unescaped = (text: string): string =>
  text.replaceAll(/\\(.)/g, (_, letter: string) => (letter === "n" ? "\n" : letter));

function numberOf(text: string): number {
  const infinite = /^([+-]?)Inf$/i.exec(text);
  if (!infinite) return Number(text);
  return infinite[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
