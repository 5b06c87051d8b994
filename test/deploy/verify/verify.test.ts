import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, onTestFinished, test } from "vitest";

import { InhouseError } from "../../../src/core/error.ts";
import type { Provider } from "../../../src/core/provider.ts";
import { llamacppEngine, type Engine, type Plan, type ServedFacts, type Verification } from "../../../src/deploy.ts";
import { verify, type VerifyContext } from "../../../src/deploy/verify/verify.ts";
import { llamacpp } from "../../../src/providers/llamacpp/index.ts";
import { fakeLlamacpp } from "../../../src/testing/index.ts";
import { kernelAddress, procFolder, socketLine, type WrittenProcess } from "../../support/proc-folder.ts";
import { writtenFolder } from "../../support/written-folder.ts";

const weights = "weights";
const digestOf = (text: string): string => createHash("sha256").update(text).digest("hex");
const none = kernelAddress("0.0.0.0", 0);

interface Deviation {
  readonly plan?: Partial<Plan>;
  readonly facts?: ServedFacts;
  readonly process?: Partial<WrittenProcess>;
  /** What its processes listen at beside the planned, and whom they are connected with. */
  readonly tcp?: readonly string[];
  readonly listens?: string;
  readonly options?: Partial<VerifyContext>;
  readonly provider?: (real: Provider) => Provider;
  /** Who answers. */
  readonly engine?: string;
  /** What the plan's engine does otherwise than llama-server's. */
  readonly own?: Partial<Engine>;
}

/** Verifies a fake llama-server, which is as planned up to what a test changes. */
async function verified(
  deviation: Deviation = {},
): Promise<{ readonly report: Verification; readonly folder: string }> {
  const server = await fakeLlamacpp({ contextLength: 2_048, slots: 2, model: "m" });
  onTestFinished(() => server.close());
  const folder = writtenFolder({ "m.gguf": weights });
  const path = join(folder, "m.gguf");
  const port = Number(new URL(server.url).port);
  const plan = {
    ...planOf(path, port),
    files: [{ path: "m.gguf", sizeBytes: weights.length, sha256: digestOf(weights) }],
    ...deviation.plan,
  };
  const proc = procFolder(
    [
      {
        pid: 10,
        command: ["/opt/llama-server", "-m", path],
        environment: { DO_NOT_TRACK: "1", SECRET_KEY: "very secret" },
        maps: [path],
        open: ["socket:[1]", "socket:[2]", "socket:[3]"],
        ...deviation.process,
      },
    ],
    {
      tcp: [socketLine(kernelAddress(deviation.listens ?? "127.0.0.1", port), none, "0A", 1), ...(deviation.tcp ?? [])],
    },
  );
  const facts: ServedFacts = {
    modelFiles: { value: [path], evidence: "/props model_path" },
    template: { value: "{{ messages }}", evidence: "/props chat_template" },
    ...deviation.facts,
  };
  const engine: Engine = {
    ...llamacppEngine,
    observe: async (question) => ({ ...(await llamacppEngine.observe?.(question)), ...facts }),
    ...deviation.own,
  };
  const real = llamacpp({ baseURL: server.url });
  onTestFinished(() => real.close());
  const provider = deviation.provider?.(real) ?? real;
  const identified = {
    engine: deviation.engine ?? "llamacpp",
    title: "llama-server",
    evidence: "it says so",
    provider,
  };
  const report = await verify(plan, server.url, {
    engines: [engine],
    transport: real.transport ?? {
      send: () => Promise.reject(new Error("no transport")),
      close: async () => undefined,
    },
    identify: async () => ({ ...identified, version: "b1" }),
    proc,
    localOnly: true,
    checkIntegrity: true,
    ...deviation.options,
  });
  return { report, folder };
}

function planOf(path: string, port: number): Plan {
  const model = { name: "m", title: "M", source: path, format: "gguf", quantization: "F16", origin: "files" } as const;
  return {
    engine: "llamacpp",
    model: { ...model, weightBytes: weights.length },
    on: "a machine",
    layout: { place: "memory", gpus: 0, machines: 1, replicas: 1 },
    contextLength: 2_048,
    parallel: 2,
    concurrent: 2,
    kvType: "f16",
    kvBits: 16,
    memory: { devices: [], lines: [] } as unknown as Plan["memory"],
    alternatives: [],
    prepare: [],
    command: ["llama-server", "-m", path, "--alias", "m", "--host", "127.0.0.1", "--port", String(port)],
    environment: { DO_NOT_TRACK: "1" },
    warnings: [],
  };
}

const failing = ({ lines }: Verification): readonly string[] =>
  lines.filter(({ verdict }) => verdict === "fail").map(({ name }) => name);
const lineOf = ({ lines }: Verification, name: string) => lines.find((line) => line.name === name);

test("a server that is as planned passes, and each line says where that was seen", async () => {
  const { report } = await verified();
  expect(failing(report)).toEqual([]);
  expect(report.passed).toBe(true);
  expect(report.lines.map(({ name, verdict }) => `${verdict} ${name}`)).toEqual([
    "pass engine",
    "pass model name",
    "pass files",
    "pass loaded files",
    "pass quantization",
    "pass context",
    "pass sequences",
    "pass KV cache",
    "pass layers on GPUs",
    "unknown chat template",
    "pass listening",
    "pass privacy",
    "pass prompt count",
    expect.stringMatching(/ answer length$/),
    "pass truncation",
    "unknown generation speed",
    "unknown prompt speed",
    "pass connections",
  ]);
  expect(report.lines.every(({ evidence }) => evidence.length > 3)).toBe(true);
  expect(JSON.stringify(report)).not.toContain("very secret");
});

const connection = (peer: string, inode = 2): string =>
  socketLine(kernelAddress("10.0.0.5", 40_000), kernelAddress(peer, 443), "01", inode);

test.each<[what: string, Deviation, lines: readonly string[], found: RegExp]>([
  ["another engine than it says", { engine: "vllm" }, ["engine"], /llama-server b1/],
  ["another name", { plan: { command: ["llama-server", "--alias", "n"] } }, ["model name"], /^m$/],
  ["another quantization", { facts: { quantization: { value: "Q4_K_M", evidence: "x" } } }, ["quantization"], /Q4_K_M/],
  ["half the context", { plan: { contextLength: 4_096 } }, ["context"], /2,048 tokens/],
  ["other slots", { plan: { concurrent: 4 } }, ["sequences"], /^2$/],
  ["another KV type", { plan: { kvType: "q8_0" } }, ["KV cache"], /f16/],
  [
    "layers in main memory",
    { plan: { layout: { place: "gpus", gpus: 1, machines: 1, replicas: 1 } } },
    ["layers on GPUs"],
    /^0$/,
  ],
  ["a public address", { listens: "0.0.0.0" }, ["listening"], /0\.0\.0\.0/],
  [
    "a second, public port",
    { tcp: [socketLine(kernelAddress("0.0.0.0", 9_000), none, "0A", 3)] },
    ["listening"],
    /0\.0\.0\.0:9000/,
  ],
  ["a connection out of the house", { tcp: [connection("93.184.216.34")] }, ["connections"], /93\.184\.216\.34:443/],
  ["telemetry that is on", { process: { environment: { SECRET_KEY: "very secret" } } }, ["privacy"], /none set/],
  [
    "a file that was replaced while it runs",
    { process: { maps: ["/elsewhere/m.gguf (deleted)"] } },
    ["loaded files"],
    /m\.gguf/,
  ],
  ["another file of the same name", { process: { maps: ["/elsewhere/m.gguf"] } }, ["loaded files"], /elsewhere/],
  [
    "another path, by its own word",
    { facts: { modelFiles: { value: ["/elsewhere/m.gguf"], evidence: "x" } }, process: { maps: [] } },
    ["loaded files"],
    /elsewhere/,
  ],
  [
    "files that are not as pinned",
    { plan: { files: [{ path: "m.gguf", sizeBytes: weights.length, sha256: "0".repeat(64) }] } },
    ["files"],
    /has other bytes: .* in place of 000/,
  ],
  [
    "a file of another size",
    {
      plan: { files: [{ path: "m.gguf", sizeBytes: 5, sha256: digestOf(weights) }] },
      options: { checkIntegrity: false },
    },
    ["files"],
    /7 bytes in place of 5/,
  ],
])("%s fails its own line, and no other", async (_, deviation, lines, found) => {
  const { report } = await verified(deviation);
  expect(failing(report)).toEqual(lines);
  expect(report.passed).toBe(false);
  expect(lineOf(report, lines[0] ?? "")?.found).toMatch(found);
  expect(JSON.stringify(report)).not.toContain("very secret");
});

describe("prompts", () => {
  /** A server that reads the last tokens of a long prompt only. */
  const cutting = (real: Provider): Provider => ({
    ...real,
    async *send(request, context) {
      if (request.kind !== "completion" || typeof request.prompt !== "string") throw new Error("not asked here");
      for await (const batch of real.send({ ...request, prompt: request.prompt.slice(-900) }, context)) yield batch;
    },
  });

  test("that are cut in silence fail", async () => {
    const { report } = await verified({ provider: cutting });
    expect(failing(report)).toEqual(["truncation"]);
    expect(lineOf(report, "truncation")?.found).toMatch(/^900 of 1,\d{3} tokens read, 900 of 2,\d{3} tokens read$/);
  });

  test("that nobody answers leave the lines of the canary open, and the others as they are", async () => {
    const provider = (real: Provider): Provider => ({
      ...real,
      // oxlint-disable-next-line require-yield
      async *send() {
        throw new InhouseError("server", "Out of memory.");
      },
    });
    const { report } = await verified({ provider });
    expect(report.passed).toBe(true);
    expect(lineOf(report, "truncation")).toMatchObject({
      verdict: "unknown",
      evidence: expect.stringContaining("Out of memory."),
    });
    expect(lineOf(report, "context")?.verdict).toBe("pass");
  });
});

describe("speed", () => {
  const estimate = (tokensPerSecond: number): Partial<Plan> => ({
    speed: {
      contextTokens: 2_048,
      alone: {
        tokensPerSecond,
        mostTokensPerSecond: tokensPerSecond,
        weightBytesPerStep: 1,
        cacheBytesPerStep: 1,
        formula: "",
      },
      together: { sequences: 1, tokensPerSecond },
    },
  });
  const timed = (real: Provider): Provider => ({
    ...real,
    async *send(request, context) {
      for await (const batch of real.send(request, context)) {
        yield batch.map((event) =>
          event.type === "finish"
            ? { ...event, timings: { outputTokensPerSecond: 100, promptTokensPerSecond: 1_000 } }
            : event,
        );
      }
    },
  });

  test.each([
    [40, "pass"],
    [290, "pass"],
    [301, "fail"],
    [30, "fail"],
  ])("100 tokens a second where %i were planned: %s", async (planned, verdict) => {
    const { report } = await verified({ plan: estimate(planned), provider: timed });
    expect(lineOf(report, "generation speed")).toMatchObject({ verdict, found: "100 tokens/s" });
  });
});

describe("what cannot be looked at is unknown, and says why", () => {
  const ofProcesses = ["listening", "privacy", "connections", "layers on GPUs", "KV cache"];

  test.each<[string, Deviation, RegExp]>([
    ["no such process", { options: { pid: 99 } }, /no process 99/],
    [
      "another program before it",
      { process: { command: ["/usr/bin/docker-proxy"] } },
      /docker-proxy, not llama-server/,
    ],
  ])("%s", async (_, deviation, why) => {
    const { report } = await verified(deviation);
    for (const name of ofProcesses) expect(lineOf(report, name)).toMatchObject({ name, verdict: "unknown" });
    expect(lineOf(report, "listening")?.evidence).toMatch(why);
  });

  test("the processes of another user", async () => {
    const { report } = await verified({ process: { missing: ["environ", "maps"] } });
    expect(lineOf(report, "privacy")).toMatchObject({
      verdict: "unknown",
      evidence: expect.stringMatching(/not be read/),
    });
    expect(lineOf(report, "loaded files")?.verdict).toBe("pass");
  });
});

describe("an earlier report", () => {
  test("passes where nothing has changed, and names what has", async () => {
    const { report: first } = await verified();
    const again = await verified({ options: { previous: { ...first, lines: renamed(first) } } });
    expect(lineOf(again.report, "drift")).toMatchObject({ verdict: "pass", planned: `as on ${first.at}` });
    const changed: ServedFacts = { template: { value: "another", evidence: "/props chat_template" } };
    const { report } = await verified({ facts: changed, options: { previous: { ...first, lines: renamed(first) } } });
    expect(failing(report)).toEqual(["drift"]);
    expect(lineOf(report, "drift")?.found).toMatch(/^chat template: SHA-256 \w+ → SHA-256 \w+$/);
  });

  /** The fake server has another file each time. */
  const renamed = ({ lines }: Verification) => lines.filter(({ name }) => name !== "loaded files");
});

test("a server whose plan is open to others may have callers, and speaks with nobody else", async () => {
  const command = ["llama-server", "--alias", "m", "--host", "0.0.0.0"];
  const { report } = await verified({ plan: { command }, listens: "0.0.0.0" });
  expect(failing(report)).toEqual([]);
  expect(lineOf(report, "listening")).toMatchObject({ planned: "0.0.0.0", found: "0.0.0.0" });
});

test("a plan that is open to others, and a server that is not, differ", async () => {
  const { report } = await verified({ plan: { command: ["llama-server", "--alias", "m", "--host", "0.0.0.0"] } });
  expect(failing(report)).toEqual(["listening"]);
});

test("an adapter that the plan's command names is no foreign file, and one that it does not name is", async () => {
  const maps = ["/adapters/a/adapter_model.safetensors"];
  const { report } = await verified({ process: { maps } });
  expect(failing(report)).toEqual(["loaded files"]);
  const command = ["llama-server", "--alias", "m", "--lora-modules", "a=/adapters/a"];
  expect(failing((await verified({ plan: { command }, process: { maps } })).report)).toEqual([]);
});

test("a file that was changed after the report is found", async () => {
  const { report, folder } = await verified();
  expect(lineOf(report, "files")?.verdict).toBe("pass");
  writeFileSync(join(folder, "m.gguf"), "wEights");
  const files = [{ path: join(folder, "m.gguf"), sizeBytes: weights.length, sha256: digestOf(weights) }];
  const { report: later } = await verified({ plan: { files } });
  expect(failing(later)).toContain("files");
});

describe("an engine of one's own", () => {
  test("says what its plan means, and by which provider its server is recognised", async () => {
    const command = ["my-server", "--named", "m"];
    const own: Partial<Engine> = {
      name: "own",
      provider: "llamacpp",
      planned: ({ command: [, , model = ""] }) => ({ address: "127.0.0.1", port: 1, model, files: [] }),
    };
    const process = { command };
    const { report } = await verified({ own, plan: { engine: "own", command }, process });
    expect(failing(report)).toEqual([]);
    expect(lineOf(report, "engine")).toMatchObject({ verdict: "pass", planned: "own" });
    expect(lineOf(report, "model name")).toMatchObject({ verdict: "pass", planned: "m" });
  });

  test("that is not told of is an error, before anybody is asked", async () => {
    const asked = { identify: () => Promise.reject(new Error("asked")) };
    await expect(verified({ plan: { engine: "own" }, options: asked })).rejects.toMatchObject({
      code: "unsupported",
      message: "verify: there is no engine own.",
      hint: expect.stringContaining("Known engines: llamacpp."),
    });
  });
});

test("an abort ends it", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(verified({ options: { signal } })).rejects.toMatchObject({ code: "abort" });
});
