import { formatPlan } from "../plan/format-plan.ts";
import type { Plan } from "../plan/plan-value.ts";
import type { TargetFile } from "./target-value.ts";
import { plainLine } from "./yaml-text.ts";

/** A step of a README: what is done, and in a shell's words how. */
export interface ReadmeStep {
  readonly what: string;
  readonly lines?: readonly string[];
}

/** What is in a README of a target. */
export interface ReadmeText {
  readonly title: string;
  readonly about: readonly string[];
  readonly steps: readonly ReadmeStep[];
  /** How to see that it does what the plan says, and nothing else. */
  readonly checks: readonly ReadmeStep[];
}

/** What to run in which order, how to verify it, and the plan itself; of a plan with pinned files their digests in a file of their own. */
export function readmeFiles(plan: Plan, { title, about, steps, checks }: ReadmeText): readonly TargetFile[] {
  const pins: readonly ReadmeStep[] = plan.files
    ? [
        {
          what: "In the folder of the model, its files are compared with what was pinned:",
          lines: ["sha256sum --check --strict SHA256SUMS"],
        },
      ]
    : [];
  const text = [
    `# ${plainLine(title)}`,
    ...about.map(plainLine),
    "## In this order",
    ...[...steps, ...pins].map(stepText),
    "## To verify",
    ...checks.map(stepText),
    "## The plan",
    fenced(formatPlan(plan).trimEnd(), "text"),
  ].join("\n\n");
  const sums = plan.files?.map(({ sha256, path }) => sumLine(sha256, path)).join("\n");
  return [
    { path: "README.md", text: `${text}\n` },
    ...(sums === undefined ? [] : [{ path: "SHA256SUMS", text: `${sums}\n` }]),
  ];
}

/** The steps that a plan's files need before they are there, as it says itself. */
export function prepareSteps({ prepare }: Plan): readonly ReadmeStep[] {
  return prepare.length === 0
    ? []
    : [{ what: "Make what the plan needs, with tools that must be there:", lines: prepare }];
}

/** A digest and a path as `sha256sum` reads them: with a backslash before the line where the name has one, or ends it. */
function sumLine(sha256: string, path: string): string {
  const escaped = path.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
  return `${escaped === path ? "" : "\\"}${sha256}  ${escaped}`;
}

function stepText({ what, lines }: ReadmeStep, index: number): string {
  const first = `${index + 1}. ${plainLine(what)}`;
  return lines ? `${first}\n\n${fenced(lines.join("\n"), "sh")}` : first;
}

/** A fence longer than any in the text. */
function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}
