import { describe, expect, test } from "vitest";

import { plan, type Plan } from "../../src/deploy.ts";
import type { EngineServer, LaunchSettings } from "../../src/deploy/engine-server.ts";
import { llamacppServer } from "../../src/providers/llamacpp/llamacpp-server.ts";
import { ollamaServer } from "../../src/providers/ollama/ollama-server.ts";
import { vllmServer } from "../../src/providers/vllm/vllm-server.ts";

const settings: LaunchSettings = {
  address: "127.0.0.1",
  port: 4567,
  offline: true,
  temporaryFolder: "/tmp/of-the-launch",
  modelStore: "/var/models",
};

const planned = (engine: string, more: object = {}): Promise<Plan> =>
  plan({ model: "ministral-3b", on: "1x L4, ram 64GB", engine, context: 4_096, ...more });

const text = ({ command }: ReturnType<EngineServer["launched"]>): string => `${command.join(" ")} `;

describe("llama-server", () => {
  test("is told its port, to ask nothing of others, and to serve no page of others", async () => {
    const made = await planned("llamacpp");
    const launched = llamacppServer.launched(made, { ...settings, apiKey: "secret" });
    expect(text(launched)).toContain("--host 127.0.0.1 --port 4567 ");
    expect(text(launched)).toContain("--cors-origins localhost --offline ");
    expect(text(launched)).not.toContain("secret");
    expect(launched.environment["LLAMA_API_KEY"]).toBe("secret");
    expect(text(llamacppServer.launched(made, { ...settings, offline: false }))).not.toContain("--offline");
  });

  test("what a plan says already is not said twice", async () => {
    const made = await planned("llamacpp");
    const own = { ...made, command: [...made.command, "--offline", "--cors-origins=https://intranet"] };
    const launched = text(llamacppServer.launched(own, settings));
    expect(launched.match(/--offline/g)).toHaveLength(1);
    expect(launched.match(/--cors-origins/g)).toHaveLength(1);
    expect(launched.match(/--port/g)).toHaveLength(1);
  });

  test("says where it listens, and which version it is", () => {
    const line = "0.00.211.815 I srv  llama_server: listening on http://::1:34607";
    expect(llamacppServer.address(line, { ...settings, address: "::1" })).toBe("http://[::1]:34607");
    expect(llamacppServer.address("0.00.2 I srv load_model: loading model 'a'", settings)).toBeUndefined();
    expect(llamacppServer.version.read("version: 0.6.0-dev (build 11434, commit pypi)")).toBe("b11434");
    expect(llamacppServer.version.read("version: 6402 (abc)")).toBe("b6402");
  });
});

describe("vLLM", () => {
  test("is told to ask nothing of others, by variables and by domains of media that do not exist", async () => {
    const made = await planned("vllm");
    const launched = vllmServer.launched(made, { ...settings, apiKey: "secret" });
    expect(text(launched)).toContain("--port 4567 ");
    expect(text(launched)).toContain("--allowed-media-domains none.invalid ");
    expect(text(launched)).not.toContain("secret");
    expect(launched.environment).toMatchObject({
      HF_HUB_OFFLINE: "1",
      TRANSFORMERS_OFFLINE: "1",
      HF_HUB_DISABLE_TELEMETRY: "1",
      VLLM_NO_USAGE_STATS: "1",
      DO_NOT_TRACK: "1",
      VLLM_MEDIA_URL_ALLOW_REDIRECTS: "0",
      VLLM_API_KEY: "secret",
      TMPDIR: "/tmp/of-the-launch",
    });
    const open = vllmServer.launched(made, { ...settings, offline: false });
    expect(text(open)).not.toContain("--allowed-media-domains");
    expect(open.environment).toMatchObject({ VLLM_NO_USAGE_STATS: "1", DO_NOT_TRACK: "1" });
  });

  test("needs a repository in the hub's cache, wherever that is", async () => {
    const made = await planned("vllm");
    const needs = (env: Record<string, string>, offline = true) => vllmServer.needs?.(made, { offline, env });
    const name = `models--${made.model.source.replace("/", "--")}`;
    expect(needs({ HF_HOME: "/hf" })).toEqual([`/hf/hub/${name}`]);
    expect(needs({ HF_HUB_CACHE: "/hub", HF_HOME: "/hf" })).toEqual([`/hub/${name}`]);
    expect(needs({ HF_HOME: "/hf" }, false)).toEqual([]);
    const command = made.command.with(2, "/models/mine");
    expect(vllmServer.needs?.({ ...made, command }, { offline: true, env: {} })).toEqual([]);
  });

  test.each([
    ["(EngineCore pid=1) ERROR 11-22 10:00:00 [core.py:1] ValueError: To serve at least one request", true],
    ["OSError: [Errno 98] Address already in use", true],
    ["(APIServer pid=7) pydantic_core._pydantic_core.ValidationError: 1 validation error for ModelConfig", false],
    ["(APIServer pid=7)   Value error, User-specified max_model_len (100000) is greater than the derived", true],
    ["vllm: error: unrecognized arguments: --no-such-flag", true],
    ["(APIServer pid=7) INFO 11-22 10:00:00 [model.py:2152] Using max model len 2048", false],
    ["  For further information visit https://errors.pydantic.dev/2.13/v/value_error", false],
  ])("%s decides: %s", (line, decides) => {
    expect(vllmServer.decides(line)).toBe(decides);
    if (decides) expect(vllmServer.words(line)).not.toMatch(/pid=|ERROR 11/);
  });

  test("says how far it is, which version it is, and that it listens", () => {
    const line = "Loading safetensors checkpoint shards:  50% Completed | 1/2 [00:00<00:00,  1.9it/s]";
    expect(vllmServer.progress?.(line)).toEqual({ task: "loading weights", done: 1, total: 2 });
    const engine =
      "(EngineCore pid=1) INFO [core.py:133] Initializing a V1 LLM engine (v0.32.0) with config: model='m'";
    expect(vllmServer.version.read(engine)).toBe("0.32.0");
    expect(vllmServer.address("INFO:     Application startup complete.", settings)).toBe("http://127.0.0.1:4567");
  });
});

describe("Ollama", () => {
  test("is told where to listen and to keep its models, and has a home of its own", async () => {
    const made = await planned("ollama", { address: "::1" });
    const { command, environment } = ollamaServer.launched(made, { ...settings, address: "::1" });
    expect(command).toEqual(["ollama", "serve"]);
    expect(environment).toMatchObject({
      OLLAMA_HOST: "[::1]:4567",
      OLLAMA_MODELS: "/var/models",
      OLLAMA_NO_CLOUD: "1",
      OLLAMA_CONTEXT_LENGTH: "4096",
      HOME: "/tmp/of-the-launch",
    });
  });
});
