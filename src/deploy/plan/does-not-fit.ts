import { InhouseError } from "../../core/error.ts";
import type { Engine } from "../engine.ts";
import type { ModelWeights } from "./model-weights.ts";
import { nearestPlans } from "./nearest-plans.ts";
import { alternativesOf, type Search } from "./plan-search.ts";
import type { PlanSpec } from "./plan-value.ts";
import { countText, hostText, methodText } from "./plan-words.ts";

/** The error of a model that does not fit, with what it lacks and what would fit. */
export function doesNotFit(
  spec: PlanSpec,
  model: ModelWeights,
  search: Search,
  engines: readonly Engine[],
): InhouseError {
  const [contextLength = 0] = search.contexts.slice(-1);
  const refused = alternativesOf(search, undefined);
  const reasons = refused
    .slice(0, 3)
    .map(({ engine, quantization, why }) => `${engine} with ${methodText(quantization)}: ${why}`);
  const none = search.engines.length === 0 ? ["No engine suits it."] : ["Nothing is offered in that format."];
  const near = nearestPlans(spec, model, search, engines);
  return new InhouseError(
    "unsupported",
    `${model.title} with ${countText(contextLength)} tokens of context does not fit on ${hostText(search.host, search.machines)}. ${(reasons.length > 0 ? reasons : none).join(" ")}`,
    {
      hint:
        near.length > 0
          ? `These fit: ${near.join("; ")}.`
          : 'Nothing near fits: name a larger host, such as "8x H200", or several machines.',
    },
  );
}
