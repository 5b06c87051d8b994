import { describe, expect, test } from "vitest";
import { parse } from "yaml";

import { plan, target, type PlanSpec, type TargetPlanOptions } from "../../../src/deploy.ts";
import { smallLlama, writeGguf } from "../../support/model-files.ts";
import { writtenFolder } from "../../support/written-folder.ts";

interface Service {
  readonly image: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly networks: readonly string[];
  readonly volumes: readonly { readonly source: string; readonly target: string; readonly read_only: boolean }[];
  readonly ports?: readonly { readonly host_ip: string; readonly published: string }[];
  readonly user?: string;
  readonly devices?: readonly string[];
  readonly deploy?: object;
}

interface ComposeFile {
  readonly services: Readonly<Record<"model" | "gateway" | "fill", Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly secrets?: object;
}

async function composed(spec: PlanSpec, options: TargetPlanOptions = {}) {
  const files = target(await plan(spec), "compose", options);
  const text = (path: string): string => files.find((file) => file.path === path)?.text ?? "";
  return { ...(parse(text("compose.yaml")) as ComposeFile), text };
}

describe("compose", () => {
  test("the server stands in a network from which nothing leaves; only the gateway has a port, on this machine", async () => {
    const { services, networks, text } = await composed({ model: "ministral-8b", on: "1x L40S" });
    expect(networks["inference"]).toEqual({ internal: true });
    expect(services.model.networks).toEqual(["inference"]);
    expect(services.model.ports).toBeUndefined();
    expect(services.gateway.networks).toEqual(["inference", "outside"]);
    expect(services.gateway.ports).toMatchObject([{ host_ip: "127.0.0.1", published: "8000" }]);
    expect(text("haproxy.cfg")).toContain("server model model:8000");
  });

  test("without a port there is no gateway and no way out", async () => {
    const spec = { model: "mixtral-8x22b", on: "2x H100", quantization: "4-bit" };
    const { services, networks } = await composed(spec, { publish: false });
    expect(Object.keys(services)).toEqual(["model"]);
    expect(networks).toEqual({ inference: { internal: true } });
  });

  test("a key is a file that the server reads, never a word of the file", async () => {
    const vllm = await composed({ model: "ministral-8b", on: "1x L40S" });
    expect(vllm.secrets).toEqual({ "api-key": { file: "./secrets/api-key" } });
    expect(vllm.services.model.entrypoint?.join(" ")).toContain('VLLM_API_KEY="$$(cat /run/secrets/api-key)"');
    const llama = await composed({ model: "ministral-8b", on: "1x L4", engine: "llamacpp" });
    expect(llama.services.model.environment).toMatchObject({ LLAMA_ARG_API_KEY_FILE: "/run/secrets/api-key" });
    expect(
      await composed({ model: "ministral-8b", on: "1x L4", engine: "llamacpp" }, { apiKey: false }),
    ).not.toHaveProperty("secrets");
    expect(await composed({ model: "ministral-8b", on: "1x L4", engine: "ollama" })).not.toHaveProperty("secrets");
  });

  test("a model of the hub comes of a cache that is only read, and is filled by a container of its own", async () => {
    const { services } = await composed({ model: "ministral-8b", on: "1x L4", engine: "llamacpp" });
    expect(services.model.command?.slice(0, 2)).toEqual(["-hf", "mistralai/Ministral-3-8B-Instruct-2512-GGUF:Q8_0"]);
    expect(services.model.environment).toMatchObject({ HF_HUB_CACHE: "/models", LLAMA_ARG_OFFLINE: "1" });
    expect(services.model.volumes).toMatchObject([{ source: "./models", target: "/models", read_only: true }]);
    expect(services.fill).toMatchObject({ profiles: ["fill"], networks: ["outside"] });
    expect(services.fill.entrypoint?.join(" ")).toContain("--include '*Q8_0*.gguf'");
  });

  test("an Ollama makes its model of the files that are brought to it", async () => {
    const folder = writtenFolder({ "a $(b).gguf": writeGguf(smallLlama.metadata, smallLlama.tensors) });
    const { services, text } = await composed({ model: `${folder}/a $(b).gguf`, on: "cpu 16GB", engine: "ollama" });
    // Compose makes one `$` of two, and the shell none of what is escaped.
    expect(services.fill.entrypoint?.join(" ")).toContain("printf 'FROM %s\\n' \"$$1/a \\$$(b).gguf\" >/tmp/Modelfile");
    expect(services.model.environment).toMatchObject({ OLLAMA_HOST: "0.0.0.0:11434" });
    expect(text("README.md")).toContain("curl --fail http://127.0.0.1:11434/api/version");
  });

  test("files of one's own are mounted from where they are", async () => {
    const folder = writtenFolder({ "it's a model.gguf": writeGguf(smallLlama.metadata, smallLlama.tensors) });
    const { services } = await composed({ model: `${folder}/it's a model.gguf`, on: "cpu 16GB" });
    expect(services.model.volumes).toMatchObject([{ source: folder, read_only: true }]);
    expect(services.model.command?.slice(0, 2)).toEqual(["-m", "/models/it's a model.gguf"]);
    expect(services).not.toHaveProperty("fill");
  });

  test("GPUs are given as their maker has it, and numbered anew", async () => {
    const nvidia = await composed({ model: "ministral-3b", on: "4x L4", gpus: 2, engine: "vllm" });
    expect(JSON.stringify(nvidia.services.model.deploy)).toContain('"driver":"nvidia","count":');
    expect(nvidia.services.model.user).toBe("2000:0");
    const amd = await composed({ model: "ministral-8b", on: "1x MI300X" });
    expect(amd.services.model.devices).toEqual(["/dev/kfd:/dev/kfd", "/dev/dri:/dev/dri"]);
    expect(amd.services.model.image).toBe("docker.io/vllm/vllm-openai-rocm:v0.32.0");
    const none = await composed({ model: "ministral-3b", on: "cpu 32GB" });
    expect(none.services.model).not.toHaveProperty("deploy");
    for (const { model } of [nvidia.services, amd.services, none.services]) {
      expect(model.environment).not.toHaveProperty("CUDA_VISIBLE_DEVICES");
      expect(model).toMatchObject({ read_only: true, cap_drop: ["ALL"], security_opt: ["no-new-privileges:true"] });
    }
  });

  test("an image is pinned, and published where it is asked", async () => {
    const digest = `sha256:${"a".repeat(64)}`;
    const { services } = await composed(
      { model: "ministral-3b", on: "cpu 32GB" },
      { digest, publish: { address: "10.0.0.5", port: 80 }, name: "chat" },
    );
    expect(services.model.image).toBe(`ghcr.io/ggml-org/llama.cpp:server-b11434@${digest}`);
    expect(services.gateway.ports).toMatchObject([{ host_ip: "10.0.0.5", published: "80", target: 8_080 }]);
  });

  test("the larger the model, the longer it may load", async () => {
    const seconds = async (model: string, on: string): Promise<number> => {
      const { services } = await composed({ model, on });
      return Number.parseInt(
        (services.model as unknown as { healthcheck: { start_period: string } }).healthcheck.start_period,
        10,
      );
    };
    expect(await seconds("ministral-3b", "1x L4")).toBeLessThan(900);
    expect(await seconds("mistral-large-3", "8x H200")).toBeGreaterThan(3_600);
  });
});
