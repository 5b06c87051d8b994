import { readdirSync, readFileSync } from "node:fs";

import { beforeAll, expect, onTestFinished, test } from "vitest";

import { prepareVllm } from "../../scripts/servers/index.ts";
import { folderOf } from "../../scripts/servers/vllm/vllm-models.ts";
import type { VllmProgram } from "../../scripts/servers/vllm/vllm-program.ts";
import { launch, plan } from "../../src/deploy.ts";
import { createClient } from "../../src/index.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import { failureOf } from "../support/loopback.ts";
import { isGroupAlive, until } from "../support/until.ts";

let prepared: VllmProgram;
beforeAll(async () => {
  prepared = await prepareVllm({ onProgress: console.error });
}, 30 * 60_000);

const startMs = 10 * 60_000;

/** What the processes of a group call themselves. */
const namesIn = (group: number): readonly string[] =>
  readdirSync("/proc").flatMap((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const [, , processGroup] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return Number(processGroup) === group ? [readFileSync(`/proc/${pid}/cmdline`, "utf8")] : [];
    } catch {
      return []; // no process, or one that has ended
    }
  });

test(
  "vLLM on a processor, from a plan to an answer, and its engine and worker end with it",
  { timeout: startMs },
  async () => {
    const made = await plan({
      model: folderOf(prepared, "smollm2"),
      engine: "vllm",
      context: 512,
      parallel: 2,
      port: 0,
    });
    // Compiling for a processor takes longer than everything else.
    const eager = { ...made, command: [...made.command, "--enforce-eager"] };
    const tasks = new Set<string>();
    const server = await launch(eager, {
      programs: { vllm: prepared.program },
      apiKey: "generate",
      onProgress: ({ task }) => tasks.add(task),
    });
    onTestFinished(() => server.kill());
    const { url: baseURL, apiKey = "", pid, model } = server;
    expect(server).toMatchObject({ engine: "vllm", version: "0.32.0" });
    expect([...tasks]).toEqual(["starting vllm", "loading weights"]);
    expect(server.log()).toContain("dtype=torch.bfloat16");
    expect(server.log()).not.toContain(apiKey);
    expect((await fetch(`${baseURL}/v1/models`)).status).toBe(401);
    const names = namesIn(pid).join("\n");
    expect(names).toContain("VLLM::EngineCore");
    expect(names).not.toContain(apiKey);

    await using client = createClient({ provider: vllm({ baseURL, apiKey }), model });
    const { usage } = await client.chat({ messages: [{ role: "user", content: "Hi" }], maxTokens: 4 });
    expect(usage?.outputTokens).toBeGreaterThan(0);

    await server.stop();
    await until(() => !isGroupAlive(pid));
    await expect(fetch(`${baseURL}/health`)).rejects.toThrow("fetch failed");
  },
);

test("what vLLM cannot serve, by its own first error", { timeout: startMs }, async () => {
  const made = await plan({ model: folderOf(prepared, "smollm2"), engine: "vllm", context: 512, parallel: 2, port: 0 });
  const command = made.command.map((argument) => (argument === "512" ? "100000" : argument));
  const failure = await failureOf(launch({ ...made, command }, { programs: { vllm: prepared.program } }));
  expect(failure).toMatchObject({ code: "server", message: expect.stringContaining("(100000)") });
});
