import type { Weights } from "../engine-choice.ts";
import type { Engine } from "../engine.ts";
import { bytesOf } from "../shape/tensor-groups.ts";
import { fitOf, memoryOf, type Fit, type FitRequest, type Way } from "./plan-fit.ts";
import type { PlanAlternative } from "./plan-value.ts";
import { bytesText } from "./plan-words.ts";

/** What a search goes through, the first that fits being taken. */
export interface Search {
  readonly engines: readonly Engine[];
  readonly weights: readonly Weights[];
  readonly host: FitRequest["host"];
  /** The contexts to try, the longest first. */
  readonly contexts: readonly number[];
  readonly sequences: number;
  readonly kvType?: string;
  readonly gpus?: number;
  readonly machines: number;
}

type Place = Way["layout"]["place"];

/**
 * What is tried first: all on GPUs before a part of it, files that are there before those that must be made, and less than four
 * bits only where nothing else fits.
 */
const order: readonly (readonly [Place, effort: number])[] = [
  ["gpus", 0],
  ["gpus", 1],
  ["gpus and memory", 0],
  ["gpus and memory", 1],
  ["memory", 0],
  ["memory", 1],
  ["gpus", 2],
  ["gpus and memory", 2],
  ["memory", 2],
];

const effortOf = ({ bits, origin }: Weights): number =>
  bits < 4 && origin !== "files" ? 2 : origin === "made" ? 1 : 0;

/** The first way that fits, and the context that it has; nothing where none does. */
export function firstFit(search: Search): Fit | undefined {
  for (const [place, effort] of order) {
    const weights = ordered(search.weights, place).filter((one) => effortOf(one) === effort);
    for (const engine of search.engines) {
      for (const contextLength of search.contexts) {
        for (const one of weights) {
          const found = fitting(search, engine, one, place, contextLength);
          if (found) return found;
        }
      }
    }
  }
  return undefined;
}

/** Where main memory sets the pace, fewer bits are faster. */
function ordered(weights: readonly Weights[], place: Place): readonly Weights[] {
  return place === "gpus" ? weights : weights.toSorted((a, b) => a.bits - b.bits);
}

/** The first that fits even where every estimate is at its highest, of what gives up the same; else the first that fits. */
function fitting(
  search: Search,
  engine: Engine,
  weights: Weights,
  place: Place,
  contextLength: number,
): Fit | undefined {
  if (cannotHold(search, weights, place)) return undefined;
  let found: Fit | undefined;
  for (const fit of fitsOf(search, engine, weights, place, contextLength)) {
    if (typeof fit === "string" || !fit.fits) continue;
    if (found && fit.economy !== found.economy) return found;
    if (fit.devices.every(({ highBytes, roomBytes = highBytes }) => highBytes <= roomBytes)) return fit;
    found ??= fit;
  }
  return found;
}

/** Whether the weights alone, the embeddings apart, are more than there is: most ways end here, without being reckoned. */
function cannotHold({ host, machines }: Search, { shape }: Weights, place: Place): boolean {
  if (place !== "gpus" && host.availableMemoryBytes === undefined) return true;
  const gpus = host.gpus.reduce((sum, gpu) => sum + (memoryOf(gpu, host) ?? Number.POSITIVE_INFINITY), 0) * machines;
  const memory = host.availableMemoryBytes ?? 0;
  const most = place === "gpus" ? gpus : place === "memory" ? memory : gpus + memory;
  return (shape.weightBytes ?? 0) - bytesOf(shape.groups, "embedding") > most;
}

function* fitsOf(
  search: Search,
  engine: Engine,
  weights: Weights,
  place: Place,
  contextLength: number,
): Generator<Fit | string> {
  const { host, machines, gpus, sequences, kvType } = search;
  if (!engine.formats.includes(weights.format) || engine.refusal(weights, host) !== undefined) return;
  const layouts = engine
    .layouts(weights.shape, host, machines)
    .filter((layout) => layout.place === place)
    .filter((layout) => gpus === undefined || layout.gpus === gpus * machines);
  const request = { host, contextLength, sequences, ...(kvType === undefined ? {} : { kvType }) };
  for (const economy of engine.economies) {
    for (const layout of layouts) yield fitOf({ engine, weights, layout, economy }, request);
  }
}

/** Every other way that was looked at, with what it takes or why it was refused. */
export function alternativesOf(search: Search, chosen: Fit | undefined): readonly PlanAlternative[] {
  const [contextLength = 4_096] = chosen ? [chosen.plan.contextLength] : search.contexts.slice(-1);
  return search.engines.flatMap((engine) =>
    search.weights
      .filter((weights) => engine.formats.includes(weights.format))
      .filter((weights) => effortOf(weights) < 2)
      .filter((weights) => weights !== chosen?.weights || engine !== chosen.engine)
      .map((weights) => {
        const { name } = engine;
        return {
          engine: name,
          quantization: weights.quantization,
          ...verdictOf(search, engine, weights, contextLength),
        };
      }),
  );
}

function verdictOf(
  search: Search,
  engine: Engine,
  weights: Weights,
  contextLength: number,
): Pick<PlanAlternative, "fits" | "why"> {
  const refusal = engine.refusal(weights, search.host);
  if (refusal !== undefined) return { fits: false, why: refusal };
  const places = order.filter(([, effort]) => effort === 0).map(([place]) => place);
  for (const place of places) {
    const fit = fitting(search, engine, weights, place, contextLength);
    if (fit) return { fits: true, why: `It takes ${takes(fit)}${origins[weights.origin]}.` };
  }
  const widest = search.host.gpus.length > 0 ? "gpus" : "memory";
  const tried = [...fitsOf(search, engine, weights, widest, contextLength)];
  const [nearest] = tried.filter((fit) => typeof fit === "object").toSorted((a, b) => excess(a) - excess(b));
  if (nearest) return { fits: false, why: `It takes ${takes(nearest)}.` };
  return {
    fits: false,
    why: tried.find((fit) => typeof fit === "string") ?? "It runs on one machine, and shares no layers with others.",
  };
}

const origins: Readonly<Record<Weights["origin"], string>> = {
  published: "",
  files: "",
  "while-loading": ", quantized while loading",
  made: ", and must be made first",
};

/** The device that lacks most, in parts of what it has room for. */
const tightest = ({ devices }: Fit): Fit["devices"][number] | undefined =>
  devices
    .filter(({ roomBytes }) => roomBytes !== undefined)
    .toSorted((a, b) => b.bytes / (b.roomBytes ?? 1) - a.bytes / (a.roomBytes ?? 1))[0];

const excess = (fit: Fit): number => {
  const device = tightest(fit);
  return device ? device.bytes / (device.roomBytes ?? 1) : 0;
};

/** What a way takes of the device that it fills most. */
export function takes(fit: Fit): string {
  const device = tightest(fit);
  const { layout } = fit;
  if (!device) return "no memory that is known";
  const gpus = layout.gpus ?? 0;
  const where = device.device === "memory" ? "of main memory" : gpus > 1 ? `on each of ${gpus} GPUs` : "on a GPU";
  return `${bytesText(device.bytes)} ${where} with room for ${bytesText(device.roomBytes ?? 0)}`;
}
