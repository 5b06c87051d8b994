import { isInhouseError } from "../../core/error.ts";
import type { Plan } from "../plan/plan-value.ts";
import { countText, rateText } from "../plan/plan-words.ts";
import { askedTokens, type Canary } from "./canary.ts";
import { unknownLine } from "./verification-line.ts";
import type { VerificationLine } from "./verification.ts";

/** The lines of a canary that could not be run, and why. */
export const noCanaryLines = (why: string): readonly VerificationLine[] =>
  ["prompt count", "answer length", "truncation", "generation speed", "prompt speed"].map((name) =>
    unknownLine(name, why),
  );

/** Whether prompts are counted whole, and answers as long as was asked, and both as fast as was estimated. */
export function canaryLines(plan: Plan, canary: Canary): readonly VerificationLine[] {
  return [countLine(canary), lengthLine(canary), truncationLine(canary), ...speedLines(plan, canary)];
}

function countLine({ measuredTokens, fixed: { inputTokens } }: Canary): VerificationLine {
  const name = "prompt count";
  if (inputTokens === undefined) return unknownLine(name, "the server does not count prompts");
  const found = tokensText(inputTokens);
  if (measuredTokens === undefined) {
    const evidence = "usage of the fixed prompt; the server has no tokenizer that can be asked: later reports compare";
    return { name, verdict: "unknown", found, evidence };
  }
  const verdict = measuredTokens === inputTokens ? "pass" : "fail";
  const evidence = "usage of the fixed prompt, held against the server's tokenizer";
  return { name, verdict, planned: tokensText(measuredTokens), found, evidence };
}

function lengthLine({ fixed: { outputTokens, finishReason } }: Canary): VerificationLine {
  const name = "answer length";
  const planned = tokensText(askedTokens);
  if (outputTokens === undefined) return unknownLine(name, "the server does not count answers", planned);
  const found = tokensText(outputTokens);
  const isWhole = outputTokens === askedTokens;
  // A model may end by itself, which says nothing of the server.
  const verdict = isWhole ? "pass" : finishReason === "stop" && outputTokens < askedTokens ? "unknown" : "fail";
  return { name, verdict, planned, found, evidence: `usage of the fixed prompt, finish reason ${finishReason}` };
}

/** A prompt of words that count alike has as many tokens as its words say, or is refused: fewer were cut away. */
function truncationLine({ long, tooLong }: Canary): VerificationLine {
  const name = "truncation";
  const planned = "prompts are read whole, or refused";
  const tries = [long, tooLong].filter((one) => one !== undefined);
  if (tries.length === 0) return unknownLine(name, "neither the context nor counts of prompts are known", planned);
  const judged = tries.map(
    ({ expectedTokens, reply }): { readonly verdict: VerificationLine["verdict"]; found: string } => {
      const sent = tokensText(expectedTokens);
      if (isInhouseError(reply)) {
        const isRefused = reply.code === "context-length" || reply.code === "too-large";
        return isRefused
          ? { verdict: "pass", found: `${sent} refused` }
          : { verdict: "unknown", found: `${sent}: ${reply.code}` };
      }
      const { inputTokens = 0 } = reply;
      const isCut = inputTokens < expectedTokens - Math.max(2, expectedTokens / 100);
      return isCut
        ? { verdict: "fail", found: `${countText(inputTokens)} of ${sent} read` }
        : { verdict: "pass", found: `${tokensText(inputTokens)} read` };
    },
  );
  const verdict = (["fail", "unknown"] as const).find((one) => judged.some((each) => each.verdict === one)) ?? "pass";
  const evidence = "usage of a long prompt and of one beyond the context, whose words count as in short ones";
  return { name, verdict, planned, found: judged.map(({ found }) => found).join(", "), evidence };
}

/** A server is as fast as planned from this part of the estimate on, and up to this multiple of the bound. */
const [slowest, fastest] = [1 / 3, 3];

function speedLines({ speed }: Plan, { fixed, long }: Canary): readonly VerificationLine[] {
  const alone = speed?.alone;
  const longest = long === undefined || isInhouseError(long.reply) ? fixed : long.reply;
  // What was in the server's cache was not read.
  const isCached = longest.cachedTokens * 2 > (longest.inputTokens ?? 0);
  return [
    speedLine("generation speed", alone?.tokensPerSecond, alone?.mostTokensPerSecond, fixed.outputTokensPerSecond),
    speedLine(
      "prompt speed",
      alone?.promptTokensPerSecond,
      alone?.promptTokensPerSecond,
      isCached ? undefined : longest.promptTokensPerSecond,
    ),
  ];
}

function speedLine(
  name: string,
  expected: number | undefined,
  most: number | undefined,
  measured: number | undefined,
): VerificationLine {
  const planned = expected === undefined ? undefined : rateText(expected);
  if (measured === undefined) return unknownLine(name, "it could not be measured", planned);
  const found = rateText(measured);
  if (expected === undefined || planned === undefined) {
    return { name, verdict: "unknown", found, evidence: "one sequence alone; the plan has no estimate" };
  }
  const isIn = measured >= expected * slowest && measured <= (most ?? expected) * fastest;
  const evidence = "one sequence alone; a third of the estimate to three times its bound will do";
  return { name, verdict: isIn ? "pass" : "fail", planned, found, evidence };
}

const tokensText = (count: number): string => `${countText(count)} tokens`;
