import { createHash } from "node:crypto";
import { basename } from "node:path";

import { isInhouseError } from "../../core/error.ts";
import type { Plan } from "../plan/plan-value.ts";
import type { PlannedServer } from "../planned-server.ts";
import { plannedPaths } from "./planned-files.ts";
import type { ServedFacts } from "./served-facts.ts";
import { templateOf, textFile } from "./template-text.ts";
import { unknownLine } from "./verification-line.ts";
import type { VerificationLine } from "./verification.ts";

const name = "chat template";

/** Whether the server writes prompts by the template that the plan's files have, or the plan's command names. */
export async function templateLine(
  plan: Plan,
  planned: PlannedServer,
  facts: ServedFacts,
  isHere: boolean,
  signal?: AbortSignal,
): Promise<VerificationLine> {
  const { template, templateFile, convertedTemplate } = facts;
  if (template) {
    const own = await ownTemplate(plan, planned, isHere, signal);
    const found = digestOf(template.value);
    if ("why" in own) return { name, verdict: "unknown", found, evidence: `${template.evidence}; ${own.why}` };
    const wanted = digestOf(own.text);
    const evidence = `${template.evidence}; ${own.place}`;
    return { name, verdict: found === wanted ? "pass" : "fail", planned: wanted, found, evidence };
  }
  if (templateFile) {
    const text = (path: string): string => (path === "" ? "the model's own" : basename(path));
    const { value, evidence } = templateFile;
    const wanted = planned.templateFile ?? "";
    return { name, verdict: value === wanted ? "pass" : "fail", planned: text(wanted), found: text(value), evidence };
  }
  if (convertedTemplate) {
    const why = "it is in a notation of the server's own: an earlier report tells whether it has changed";
    const evidence = `${convertedTemplate.evidence}; ${why}`;
    return { name, verdict: "unknown", found: digestOf(convertedTemplate.value), evidence };
  }
  return unknownLine(name, "the server does not tell");
}

/** The template that the plan's files have, or its command names. */
async function ownTemplate(
  plan: Plan,
  planned: PlannedServer,
  isHere: boolean,
  signal: AbortSignal | undefined,
): Promise<{ readonly text: string; readonly place: string } | { readonly why: string }> {
  if (!isHere) return { why: "the files of the plan are on another machine" };
  try {
    const { templateFile } = planned;
    if (templateFile !== undefined) return { text: await textFile(templateFile), place: templateFile };
    const [path] = plannedPaths(plan, planned);
    const place = plan.model.format === "gguf" ? path : plan.model.source;
    if (place === undefined) return { why: "the plan names no file on this machine" };
    return (await templateOf(place, plan.model.format, signal)) ?? { why: "the model's files have no template" };
  } catch (error) {
    if (isInhouseError(error) && error.code !== "abort") return { why: error.message };
    throw error;
  }
}

/** Servers drop the line feed at the end of a file. */
const digestOf = (text: string): string =>
  `SHA-256 ${createHash("sha256").update(text.trimEnd()).digest("hex").slice(0, 16)}`;
