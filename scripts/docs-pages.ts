import { readFileSync } from "node:fs";

import type { CapabilityName } from "../src/core/capability.ts";
import { errorCodes, type ErrorCode } from "../src/core/error-codes.ts";
import { errorStatus } from "../src/core/error-status.ts";
import { InhouseError } from "../src/core/error.ts";
import type { Provider } from "../src/core/provider.ts";
import { llamacpp } from "../src/providers/llamacpp/index.ts";
import { ollama } from "../src/providers/ollama/index.ts";
import { openaiCompatible } from "../src/providers/openai-compatible/index.ts";
import { vllm } from "../src/providers/vllm/index.ts";
import { memory } from "../src/testing/index.ts";
import { featureTable } from "./feature-table.ts";
import { observedTable } from "./observed-table.ts";

/** A page and the text that it should have. */
export interface Page {
  readonly url: URL;
  readonly text: string;
}

/** The pages of docs/ with their generated tables anew. */
export function generatedPages(): readonly Page[] {
  return [
    page("errors", errorTable()),
    page("providers", capabilityTable(), observedTable()),
    page("structured-output", featureTable()),
  ];
}

/** The page with what stands between its pairs of marks replaced, one table after the other. */
function page(name: string, ...tables: readonly string[]): Page {
  const url = new URL(`../docs/${name}.md`, import.meta.url);
  const [before, ...parts] = readFileSync(url, "utf8").split("<!-- made by npm run docs -->\n");
  const made = tables.map((table, place) => {
    const [, after = ""] = parts[place]?.split("<!-- end -->") ?? [];
    return `<!-- made by npm run docs -->\n\n${table}\n\n<!-- end -->${after}`;
  });
  return { url, text: [before, ...made].join("") };
}

function errorTable(): string {
  const retried = { yes: "yes", no: "no", "until-content": "until content was delivered" };
  const source = readFileSync(new URL("../src/core/error-codes.ts", import.meta.url), "utf8");
  const meanings = new Map(
    [...source.matchAll(/^ {2}\/\*\* (.*)\. \*\/\n {2}"?([\w-]+)"?: \{/gm)].map(([, text, code]) => [code, text]),
  );
  const statusOf = (code: string): number => errorStatus(new InhouseError(code as ErrorCode, ""));
  const rows = Object.entries(errorCodes).map(
    ([code, { retryable, hint }]) =>
      `| \`${code}\` | ${meanings.get(code)} | ${retried[retryable]} | ${statusOf(code)} | ${hint} |`,
  );
  return [
    "| code | when | retryable | in a service | hint, unless the place knows a better one |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

function capabilityTable(): string {
  const providers: readonly Provider[] = [
    llamacpp(),
    ollama(),
    vllm(),
    openaiCompatible({ baseURL: "http://127.0.0.1:8000/v1" }),
    memory(),
  ];
  const names = Object.keys(providers[0]?.capabilities ?? {}) as CapabilityName[];
  const cell = (provider: Provider, name: CapabilityName): string => {
    const { supported, evidence } = provider.capabilities[name];
    return `**${supported}**: ${evidence}`;
  };
  return [
    `| | ${providers.map(({ name }) => name).join(" | ")} |`,
    `| --- | ${providers.map(() => "---").join(" | ")} |`,
    ...names.map((name) => `| ${name} | ${providers.map((provider) => cell(provider, name)).join(" | ")} |`),
  ].join("\n");
}
