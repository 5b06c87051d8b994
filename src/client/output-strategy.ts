import type { Capabilities } from "../core/capability.ts";
import { formOf, type OutputInput } from "../core/output-form.ts";
import { wrong } from "./check.ts";
import type { OutputStrategy } from "./checked-output.ts";
import { formNeed } from "./form-need.ts";

/** What is known of a model's capabilities without asking the server. */
export type KnownCapabilities = (model: string | undefined) => Promise<Capabilities>;

/** How an output is brought about: as the caller says, else by the server unless it is known that it cannot. */
export async function strategyFor(
  given: OutputInput,
  model: string | undefined,
  wish: OutputStrategy | undefined,
  known: KnownCapabilities,
): Promise<OutputStrategy> {
  if (wish === "native" || wish === "prompted") return wish;
  if (wish !== undefined) throw wrong("outputStrategy", "expected native or prompted");
  const { supported } = (await known(model))[formNeed(formOf(given) ?? { type: "json" })];
  const isGrammar = formOf(given)?.type === "grammar"; // which nobody but a server can check
  return supported === "no" && !isGrammar ? "prompted" : "native";
}
