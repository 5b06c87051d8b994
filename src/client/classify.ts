import { checkOptions } from "../core/check-options.ts";
import { InhouseError } from "../core/error.ts";
import type { ClassificationRequest } from "../core/request.ts";
import type { ClassificationResult } from "../core/result.ts";
import type { Call, StartCall } from "./call.ts";
import { checkStrings, wrong } from "./check.ts";
import type { ClassificationInput } from "./inputs.ts";
import { base, callKeys, type Keys } from "./normalize.ts";
import { finished, resultBase } from "./results.ts";

const classificationKeys: Keys<ClassificationInput> = { ...callKeys, input: true };

/** Sorts texts into the model's classes. */
export async function classify(input: ClassificationInput, start: StartCall): Promise<ClassificationResult> {
  const request = normalizeClassification(input);
  return finished(start(request, input), (call) => classificationResult(call, request));
}

/** A classification request out of the caller's input. */
function normalizeClassification(input: ClassificationInput): ClassificationRequest {
  checkOptions("classify", input, classificationKeys);
  const inputs = typeof input.input === "string" ? [input.input] : checkStrings("input", input.input);
  if (inputs.length === 0) throw wrong("input", "the list is empty");
  return Object.freeze({ kind: "classification", ...base(input), inputs });
}

/** The result of a classification call that has ended: one class for each input, or an error. */
function classificationResult(call: Call, { inputs }: ClassificationRequest): ClassificationResult {
  const collected = call.collected();
  const { classifications } = collected;
  const come = Object.keys(classifications).length;
  if (come !== inputs.length) throw new InhouseError("protocol", `${come} classes came for ${inputs.length} inputs.`);
  return { ...resultBase(call, collected), classifications };
}
