import { describe, expect, test } from "vitest";

import {
  llamacppEngine,
  plan,
  target,
  targetKinds,
  type Engine,
  type TargetKind,
  type TargetPlanOptions,
} from "../../../src/deploy.ts";
import { resourceName } from "../../../src/deploy/targets/resource-name.ts";

const shown = (files: ReturnType<typeof target>): string =>
  files.map(({ path, text }) => `${path}\n${text}`).join("\n");

describe("target", () => {
  test("the same plan gives the same files, after a way through JSON too, and holds no key", async () => {
    const made = await plan({ model: "ministral-8b", on: "1x L40S" });
    const kept = JSON.parse(JSON.stringify(made)) as typeof made;
    for (const kind of targetKinds) {
      const files = target(made, kind);
      expect(target(kept, kind)).toEqual(files);
      expect(files.map(({ path }) => path)).toContain("README.md");
      expect(shown(files)).not.toMatch(/(KEY|key)["']?[:=] *["']?[0-9a-f]{16}/);
    }
  });

  test("every file says what the plan says of memory, and warns as it does", async () => {
    for (const on of ["1x L4", "1x MI300X", "cpu 64GB"]) {
      const made = await plan({ model: "ministral-8b", on, context: 8_192 });
      for (const kind of targetKinds) {
        const text = shown(target(made, kind));
        for (const warning of made.warnings) expect(text).toContain(`# Mind: ${warning}`);
        expect(text).toContain("# Memory: ");
      }
    }
  });

  test.each(["compose", "kubernetes"] as const)("%s gives no GPU of Apple's to a container", async (kind) => {
    const made = await plan({ model: "ministral-3b", on: "1x M4 Max, ram 64GB" });
    expect(() => target(made, kind)).toThrow(
      expect.objectContaining({ code: "unsupported", hint: expect.stringContaining('"shell"') }),
    );
    expect(target(made, "shell")).not.toHaveLength(0);
    expect(shown(target(made, kind, { devices: "none" }))).not.toContain("nvidia");
  });

  test("needs to know how an engine runs in a container, and not for a script", async () => {
    const { container: _, ...rest } = llamacppEngine;
    const own: Engine = { ...rest, name: "own" };
    const made = await plan({ model: "ministral-3b", on: "cpu 32GB", engine: "own" }, { engines: [own] });
    expect(() => target(made, "compose", { engines: [own] })).toThrow(
      expect.objectContaining({ code: "unsupported", hint: expect.stringContaining("`container`") }),
    );
    expect(shown(target(made, "shell", { engines: [own] }))).toContain("exec llama-server");
    expect(shown(target(made, "systemd", { engines: [own] }))).toContain("ExecStart=llama-server");
  });

  test.each(targetKinds)("%s of an engine that is not told of is refused", async (kind) => {
    const made = await plan({ model: "ministral-3b", on: "cpu 32GB" });
    expect(() => target({ ...made, engine: "own" }, kind)).toThrow(
      expect.objectContaining({ code: "unsupported", message: "target: there is no engine own." }),
    );
  });

  test("several machines are a LeaderWorkerSet, and nothing else", async () => {
    const made = await plan({ model: "mistral-large-3", on: "8x H100", machines: 2, quantization: "fp8" });
    for (const kind of ["compose", "systemd", "shell"] as const) {
      expect(() => target(made, kind)).toThrow(
        expect.objectContaining({ code: "unsupported", hint: expect.stringContaining("kubernetes") }),
      );
    }
    expect(shown(target(made, "kubernetes"))).toContain("LeaderWorkerSet");
  });

  test.each([
    ["kind", "helm" as TargetKind, {}],
    ["digest", "compose", { digest: "sha256:12" }],
    ["image", "compose", { image: "a b" }],
    ["graceSeconds", "compose", { graceSeconds: -1 }],
    ["publish.port", "compose", { publish: { port: 70_000 } }],
    ["modelsFolder", "shell", { modelsFolder: "" }],
    ["absolute path", "systemd", { modelsFolder: "models" }],
    ["name", "kubernetes", { name: "Not a label" }],
    ["unknown option", "kubernetes", { nmae: "x" } as TargetPlanOptions],
  ] as readonly (readonly [string, TargetKind, TargetPlanOptions])[])(
    "refuses a wrong %s",
    async (_, kind, options) => {
      const made = await plan({ model: "ministral-3b", on: "cpu 32GB" });
      expect(() => target(made, kind, options)).toThrow(
        expect.objectContaining({ code: "invalid-request", hint: expect.stringMatching(/.../) }),
      );
    },
  );

  test("what a model's file calls itself gets no line of its own anywhere", async () => {
    const made = await plan({ model: "ministral-3b", on: "cpu 32GB" });
    const title = "Nice\nExecStart=/bin/evil\nkind: Pod\n```\u2028rm -rf /";
    for (const kind of targetKinds) {
      for (const { path, text: own } of target({ ...made, model: { ...made.model, title } }, kind)) {
        if (path !== "README.md") expect(own).not.toMatch(/^(ExecStart=\/bin\/evil|kind: Pod|rm )/m);
      }
    }
  });
});

test.each([
  ["Ministral-3-8B.Q4_K_M", "ministral-3-8b-q4-k-m"],
  ["3b--Ünïcode  name.", "model-3b-u-ni-code-name"],
  ["vllm", "vllm-server"],
  ["", "model"],
  ["模型", "model"],
  ["x".repeat(80), "x".repeat(40)],
])("the model %j is served under the name %s", (model, name) => {
  expect(resourceName(model, "vllm", undefined)).toBe(name);
  expect(resourceName("other", "vllm", name)).toBe(name);
});

test("a Service is never named as the engine", () => {
  expect(() => resourceName("m", "vllm", "vllm")).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('"vllm-server"') }),
  );
});
