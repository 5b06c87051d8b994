import type { Capabilities } from "../../core/capability.ts";
import { InhouseError } from "../../core/error.ts";
import { formOf, type OutputInput } from "../../core/output-form.ts";
import { schemaOf, type SchemaInput } from "../../core/schema.ts";
import { wrong } from "../check.ts";
import type { OutputStrategy } from "./checked-output.ts";
import { formNeed } from "./form-need.ts";

/** What is known of a model's capabilities without asking the server. */
export type KnownCapabilities = (model: string | undefined) => Promise<Capabilities>;

/**
 * How an output is brought about, by what is known of the model; `outputStrategy` overrides it.
 *
 * | the form is | the server holds a model to it, or nobody knows | it cannot, but forces calls | neither  |
 * | ----------- | ----------------------------------------------- | --------------------------- | -------- |
 * | an object   | native                                          | tool                        | prompted |
 * | a grammar   | native                                          | native: nobody else can     | native   |
 * | any other   | native                                          | prompted                    | prompted |
 *
 * Throws `unsupported` for a `tool` that the caller wants and that cannot be.
 */
export async function strategyFor(
  given: OutputInput,
  model: string | undefined,
  wish: OutputStrategy | undefined,
  known: KnownCapabilities,
): Promise<OutputStrategy> {
  if (wish === "native" || wish === "prompted") return wish;
  if (wish !== undefined && wish !== "tool") throw wrong("outputStrategy", "expected native, tool or prompted");
  const capabilities = await known(model);
  if (wish) return forcedCall(given, capabilities);
  const form = formOf(given) ?? { type: "json" };
  if (form.type === "grammar" || capabilities[formNeed(form)].supported !== "no") return "native";
  const { tools, forcedTools } = capabilities;
  const isForced = tools.supported !== "no" && forcedTools.supported === "yes";
  return isForced && isObjectForm(given) ? "tool" : "prompted";
}

function forcedCall(given: OutputInput, capabilities: Capabilities): OutputStrategy {
  if (!isObjectForm(given)) {
    throw new InhouseError("unsupported", "outputStrategy: a tool's arguments are an object, and this output is not.", {
      hint: "Wrap it: z.object({ value: … }), or leave outputStrategy out.",
    });
  }
  for (const name of ["tools", "forcedTools"] as const) {
    const { supported, evidence, hint } = capabilities[name];
    if (supported !== "no") continue;
    const message = `outputStrategy: the server cannot force the call of a tool (${name}): ${evidence}.`;
    throw new InhouseError("unsupported", message, hint === undefined ? {} : { hint });
  }
  return "tool";
}

/** Whether a tool's arguments can be the output. */
function isObjectForm(given: OutputInput): boolean {
  const form = formOf(given);
  return form ? form.type === "json" : schemaOf("output", given as SchemaInput).jsonSchema["type"] === "object";
}
