import { checkOptions } from "../core/check-options.ts";
import type { DetokenizationRequest, TokenizationRequest } from "../core/request.ts";
import type { DetokenizationResult, TokenizationResult } from "../core/result.ts";
import type { Call, StartCall } from "./call.ts";
import { checkBoolean, checkString, wrong } from "./check.ts";
import type { DetokenizationInput, TokenizationInput } from "./inputs.ts";
import { normalizeMessages } from "./normalize-messages.ts";
import { base, callKeys, tokensOf, type Keys } from "./normalize.ts";
import { finished, resultBase } from "./results.ts";

const tokenizationKeys: Keys<TokenizationInput> = {
  ...callKeys,
  text: true,
  messages: true,
  addSpecial: true,
  withPieces: true,
};
const detokenizationKeys: Keys<DetokenizationInput> = { ...callKeys, tokens: true };

/** Splits text, or the prompt that a conversation becomes, into the model's tokens. */
export async function tokenize(input: TokenizationInput, start: StartCall): Promise<TokenizationResult> {
  return finished(start(normalizeTokenization(input), input), tokenizationResult);
}

/** Joins tokens into text. */
export async function detokenize(input: DetokenizationInput, start: StartCall): Promise<DetokenizationResult> {
  return finished(start(normalizeDetokenization(input), input), detokenizationResult);
}

/** A tokenization request out of the caller's input. */
function normalizeTokenization(input: TokenizationInput): TokenizationRequest {
  checkOptions("tokenize", input, tokenizationKeys);
  const { text, messages, addSpecial, withPieces } = input;
  if ((text === undefined) === (messages === undefined)) throw wrong("tokenize", "expected either text or messages");
  return Object.freeze({
    kind: "tokenization",
    ...base(input),
    ...(text === undefined ? {} : { text: checkString("text", text) }),
    ...(messages === undefined ? {} : { messages: normalizeMessages(messages) }),
    ...(addSpecial === undefined ? {} : { addSpecial: checkBoolean("addSpecial", addSpecial) }),
    ...(withPieces === undefined ? {} : { withPieces: checkBoolean("withPieces", withPieces) }),
  });
}

/** A detokenization request out of the caller's input. */
function normalizeDetokenization(input: DetokenizationInput): DetokenizationRequest {
  checkOptions("detokenize", input, detokenizationKeys);
  return Object.freeze({ kind: "detokenization", ...base(input), tokens: tokensOf("tokens", input.tokens) });
}

/** The result of a tokenization call that has ended. */
function tokenizationResult(call: Call): TokenizationResult {
  const collected = call.collected();
  const { tokens, pieces } = collected;
  return { ...resultBase(call, collected), tokens, ...(pieces === undefined ? {} : { pieces }) };
}

/** The result of a detokenization call that has ended. */
function detokenizationResult(call: Call): DetokenizationResult {
  const collected = call.collected();
  return { ...resultBase(call, collected), text: collected.choices[0]?.text ?? "" };
}
