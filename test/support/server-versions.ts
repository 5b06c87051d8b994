import type { ProvidedContext } from "vitest";
import type { TestProject } from "vitest/node";

/** Prints which servers the tests of a project run against, after those that start them. */
export default function setup(project: TestProject): void {
  const { llamacpp, ollama, vllm, served }: Partial<ProvidedContext> = project.getProvidedContext();
  for (const [title, server] of Object.entries({ "llama-server": llamacpp, Ollama: ollama, vLLM: vllm })) {
    if (!served.includes(title)) continue;
    if (server && "version" in server) console.error(`${project.name}: ${title} ${server.version}`);
    else console.error(`${project.name}: no ${title}: ${server?.unavailable ?? "not started"}`);
  }
}
