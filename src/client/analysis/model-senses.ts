import type { Capability } from "../../core/capability.ts";
import { InhouseError } from "../../core/error.ts";
import { imageTokens } from "../../media/image-tokens.ts";
import type { AnalysisModality } from "./analysis-input.ts";
import type { MaterialReading } from "./material.ts";

/** Why something is not looked at, and what would change that. */
export type Lack = Pick<Capability, "evidence" | "hint">;

/** Tokens of a picture where nobody knows better, and of a second of sound: those of Mistral's models. */
const usualPicture = 1_024;
const ofSecond = 12.5;
/** Tokens of a second of speech that is written down: 150 words a minute. */
const ofSpokenSecond = 3.5;

/** Whether the caller lets this be looked at. */
export const mayUse = ({ run }: MaterialReading, modality: AnalysisModality): boolean =>
  run.input.modalities?.includes(modality) ?? true;

/** Why the model is not shown pictures, or sound itself; undefined where it may be: what nobody knows is left to the server. */
export function lackOf(reading: MaterialReading, sense: "image" | "audio"): Lack | undefined {
  const { run, window } = reading;
  if (!mayUse(reading, sense)) return { evidence: `modalities leaves ${sense} out` };
  const capability = (window.model?.capabilities ?? run.client.target.provider.capabilities)[sense];
  return capability.supported === "no" ? capability : undefined;
}

/** The error of a material of which nothing can be looked at. */
export function senseless(
  { run, name, window }: MaterialReading,
  what: string,
  lacks: readonly Lack[],
  way: string,
): InhouseError {
  const hints = lacks.flatMap(({ hint }) => hint ?? []);
  const model = window.model?.id ?? run.input.model ?? run.client.model;
  return new InhouseError("unsupported", `${name}: ${what}: ${reasonsOf(lacks)}.`, {
    provider: run.client.target.provider.name,
    ...(model === undefined ? {} : { model }),
    hint: [...new Set([...hints, way])].join(" "),
  });
}

/** The reasons, each once. */
export const reasonsOf = (lacks: readonly Lack[]): string =>
  [...new Set(lacks.map(({ evidence }) => evidence))].join("; ");

/** About how many tokens the model makes of a picture of this size. */
export function pictureTokens(
  { run, window }: MaterialReading,
  size: { readonly width: number; readonly height: number } | undefined,
): number {
  const model = run.input.model ?? run.client.model ?? window.model?.id;
  return (size && model !== undefined ? imageTokens(model, size) : undefined) ?? usualPicture;
}

/** About how many tokens a sound takes, heard or written down. */
export const soundTokens = (ms: number, as: "heard" | "written"): number =>
  Math.ceil((ms / 1_000) * (as === "heard" ? ofSecond : ofSpokenSecond));
