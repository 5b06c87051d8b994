import { checkOptions, describe } from "../../core/check-options.ts";
import type { OutputInput } from "../../core/output-form.ts";
import { checkCallOptions } from "../call-options.ts";
import { checkList, checkNumber, checkString, wrong } from "../check.ts";
import { callKeys, type Keys } from "../normalize.ts";
import type { OutputOptions } from "../output/structured-input.ts";
import type { AnalysisInput, AnalysisModality } from "./analysis-input.ts";

const analysisKeys: Keys<AnalysisInput & OutputOptions<OutputInput>> = {
  ...callKeys,
  file: true,
  image: true,
  audio: true,
  video: true,
  parts: true,
  task: true,
  modalities: true,
  transcriber: true,
  ocr: true,
  maxTokens: true,
  temperature: true,
  seed: true,
  reasoning: true,
  contextLength: true,
  concurrency: true,
  maxPieces: true,
  onProgress: true,
  onPieceError: true,
  resume: true,
  output: true,
  outputStrategy: true,
  maxOutputRetries: true,
};

/** Where the material of an analysis may stand. */
export const materialKeys = ["file", "image", "audio", "video", "parts"] as const;

const modalities: Readonly<Record<AnalysisModality, true>> = { text: true, image: true, audio: true };

/** Checks what the calls of an analysis do not check; throws `invalid-request`. */
export function checkAnalysis(place: string, input: AnalysisInput): void {
  checkOptions(place, input, analysisKeys);
  checkCallOptions(input);
  const given = materialKeys.filter((key) => input[key] !== undefined);
  if (given.length !== 1) {
    const what = given.length === 0 ? "there is no material" : `${given.join(" and ")} cannot be combined`;
    throw wrong(place, what, "Pass one of file, image, audio and video, or several as parts.");
  }
  if (input.parts !== undefined && checkList("parts", input.parts).length === 0)
    throw wrong("parts", "the list is empty");
  if (checkString("task", input.task).trim() === "")
    throw wrong("task", "it is empty", "Say in words what is to be done.");
  for (const name of ["contextLength", "concurrency", "maxPieces", "maxTokens"] as const) {
    if (input[name] !== undefined) checkNumber(name, input[name], { min: 1, integer: true });
  }
  for (const [index, modality] of checkList("modalities", input.modalities ?? ["text"]).entries()) {
    if (typeof modality === "string" && Object.hasOwn(modalities, modality)) continue;
    throw wrong(`modalities[${index}]`, "expected text, image or audio");
  }
  if (input.modalities?.length === 0) throw wrong("modalities", "the list is empty: nothing could be looked at");
  const { onProgress, onPieceError } = input;
  if (onPieceError !== undefined && onPieceError !== "fail" && onPieceError !== "skip") {
    throw wrong("onPieceError", "expected fail or skip");
  }
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw wrong("onProgress", `expected a function, got ${describe(onProgress)}`);
  }
}
