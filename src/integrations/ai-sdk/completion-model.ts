import type { CompletionInput } from "../../client/inputs.ts";
import type { CompletionResult } from "../../core/result.ts";
import { unsupportedFeature } from "./ai-sdk-error.ts";
import type { GenerateResult, LanguageCallOptions, SpecWarning, StreamResult } from "./ai-sdk-spec.ts";
import { answerParts } from "./answer-parts.ts";
import { completionOptionKeys, type InhouseCompletionOptions } from "./inhouse-options.ts";
import { ownCall, underAiSdk, type ModelOfClient } from "./model-call.ts";
import { partStream } from "./part-stream.ts";
import { standardSampling } from "./standard-sampling.ts";
import { finishReasonOf, metadataOf, notable, responseOf, usageOf, warningOf, type ToldMore } from "./told-reply.ts";

/** A continuation of a text that is given as a whole. */
export function generateCompletion(of: ModelOfClient, options: LanguageCallOptions): Promise<GenerateResult> {
  return underAiSdk(of, options, async () => {
    const { input, warnings } = completionCall(of, options, false);
    const startedAt = new Date();
    const result = await of.client.complete(input);
    return {
      content: result.text === "" ? [] : [{ type: "text", text: result.text }],
      finishReason: finishReasonOf(result.finishReason),
      usage: usageOf(result.usage),
      providerMetadata: metadataOf(of.name, result, moreOf(result)),
      response: responseOf(result, startedAt),
      warnings: [...warnings, ...result.warnings.map(warningOf)],
    };
  });
}

/** A continuation of a text as it is generated. */
export function streamCompletion(of: ModelOfClient, options: LanguageCallOptions): Promise<StreamResult> {
  return underAiSdk(of, options, async () => {
    const { input, warnings } = completionCall(of, options, true);
    return partStream<CompletionResult>(of, options, {
      stream: of.client.stream(input),
      parts: answerParts({ isJson: false, mayBeFirst: false }),
      warnings,
      finishOf: (result) => ({ finishReason: finishReasonOf(result.finishReason), more: moreOf(result) }),
    });
  });
}

const moreOf = ({ logprobs, promptLogprobs }: CompletionResult): ToldMore => notable({ logprobs, promptLogprobs });

function completionCall(of: ModelOfClient, options: LanguageCallOptions, stream: boolean) {
  const { own, input, warnings } = ownCall<InhouseCompletionOptions>(of, options, completionOptionKeys);
  warnings.push(...unusedOptions(options));
  const completion: CompletionInput = {
    ...input,
    ...standardSampling(options),
    ...own,
    prompt: promptOf(options),
    ...(stream && options.includeRawChunks ? { includeRaw: true } : {}),
  };
  return { input: completion, warnings };
}

/** The one text of a prompt. A conversation would need the model's chat template, which the server has. */
function promptOf({ prompt }: LanguageCallOptions): string {
  const [only] = prompt;
  const parts = typeof only?.content === "object" ? only.content : [];
  const texts = parts.flatMap((part) => ("text" in part && part.type === "text" ? [String(part.text)] : []));
  if (prompt.length === 1 && only?.role === "user" && texts.length === parts.length) return texts.join("");
  throw unsupportedFeature(
    "A completion model continues one text: the prompt of a user, without system messages, files or turns.",
    "Use languageModel() for a conversation.",
  );
}

function unusedOptions({ tools, responseFormat, reasoning }: LanguageCallOptions): SpecWarning[] {
  const unused = {
    tools: tools !== undefined && tools.length > 0,
    responseFormat: responseFormat?.type === "json",
    reasoning: reasoning !== undefined && reasoning !== "provider-default",
  };
  const details = "A completion model continues a text: use languageModel().";
  return Object.entries(unused).flatMap(([feature, asked]): SpecWarning[] =>
    asked ? [{ type: "unsupported", feature, details }] : [],
  );
}
