import { describe, expect, test } from "vitest";

import type { HttpResponse, Transport } from "../../src/core/transport.ts";
import { plan } from "../../src/deploy.ts";
import { serverProcesses } from "../../src/deploy/verify/server-processes.ts";
import { observeLlamacpp } from "../../src/providers/llamacpp/llamacpp-observe.ts";
import { runnerFacts } from "../../src/providers/llamacpp/llamacpp-runner-facts.ts";
import { procFolder } from "../support/proc-folder.ts";

const planned = await plan({ model: "ministral-8b", on: "1x L40S", engine: "llamacpp" });

/** A server that says so of its weights. */
function serverOf(mixture: string): Transport {
  const replies: Readonly<Record<string, object>> = {
    "/props": { model_ftype: mixture, default_generation_settings: { n_ctx: 512 } },
    "/v1/models": { data: [{ id: "m", aliases: ["m"] }] },
  };
  return {
    async send({ path }): Promise<HttpResponse> {
      const body = (async function* () {
        yield Buffer.from(JSON.stringify(replies[path]));
      })();
      return { status: 200, headers: {}, body, release: () => undefined, destroy: () => undefined };
    },
    close: async () => undefined,
  };
}

test.each([
  ["Q4_K - Medium", "Q4_K_M"],
  ["Q3_K - Large", "Q3_K_L"],
  ["Q2_K - Medium", "Q2_K"],
  ["Q2_K - Small", "Q2_K_S"],
  ["Q6_K", "Q6_K"],
  ["all F32", "F32"],
  ["(guessed) Q5_K - Small", "Q5_K_S"],
  ["IQ3_S mix - 3.66 bpw", "IQ3_M"],
  ["IQ2_XXS - 2.0625 bpw", "IQ2_XXS"],
  ["MXFP4 MoE", "MXFP4_MOE"],
])("weights that llama-server calls %s are %s", async (told, name) => {
  const question = { plan: planned, model: "m", url: "http://127.0.0.1:1", transport: serverOf(told), processes: [] };
  expect((await observeLlamacpp(question)).quantization).toEqual({ value: name, evidence: "/props model_ftype" });
});

describe("what only the log and the command line tell", () => {
  const processOf = async (command: readonly string[], environment: Readonly<Record<string, string>> = {}) => {
    const proc = procFolder([{ pid: 10, command, environment }]);
    return (await serverProcesses(10, proc))[0];
  };

  test("the log is worth more than what was asked for", async () => {
    const log =
      "llama_kv_cache: size = 90.00 MiB (2048 cells), K (q8_0):   45.00 MiB, V (q8_0):   45.00 MiB\noffloaded 20/31 layers to GPU\n";
    const { kvType, gpuLayers } = runnerFacts(await processOf(["llama-server", "-ngl", "all"]), log);
    expect([kvType?.value, gpuLayers?.value]).toEqual(["q8_0", 20]);
    expect(runnerFacts(undefined, "offloaded 31/31 layers to GPU").gpuLayers?.value).toBe("all");
  });

  test.each<[readonly string[], Readonly<Record<string, string>>, string, number | "all" | undefined]>([
    [["llama-server"], {}, "f16", undefined],
    [["llama-server", "-ctk", "q8_0", "--cache-type-v", "q4_0"], {}, "q8_0 and q4_0", undefined],
    [["llama-server"], { LLAMA_ARG_CACHE_TYPE_K: "q8_0", LLAMA_ARG_CACHE_TYPE_V: "q8_0" }, "q8_0", undefined],
    [["llama-server", "-ngl", "all"], {}, "f16", "all"],
    [["llama-server", "--n-gpu-layers=12"], {}, "f16", 12],
    [["llama-server", "--device", "none", "-ngl", "99"], {}, "f16", 0],
  ])("%j with %j", async (command, environment, kvType, gpuLayers) => {
    const facts = runnerFacts(await processOf(command, environment));
    expect([facts.kvType?.value, facts.gpuLayers?.value]).toEqual([kvType, gpuLayers]);
  });
});
