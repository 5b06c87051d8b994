import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { afterAll, describe, expect, test } from "vitest";

import { plan, type LaunchedServer, type Plan, type PlanSpec, type Verification } from "../../../src/deploy.ts";
import { deployModel, type DeploySteps } from "../../../src/deploy/launch/deploy-model.ts";
import { failureOf } from "../../support/loopback.ts";
import { smallLlama, writeGguf } from "../../support/model-files.ts";

const folder = mkdtempSync(join(tmpdir(), "inhouse-deploy-"));
afterAll(() => rmSync(folder, { recursive: true }));
const wide = join(folder, "wide.gguf");
writeFileSync(wide, writeGguf(smallLlama.metadata, smallLlama.tensors));
const pin = { path: wide, sizeBytes: 3, sha256: "a".repeat(64) };

const placeOf = ({ files, model }: PlanSpec): string => files ?? (typeof model === "string" ? model : "a shape");

/** Steps that write down what they are asked, and of which some are replaced. */
function stepsWith(replaced: Partial<DeploySteps> = {}) {
  const done: string[] = [];
  const report = (passed: boolean): Verification => ({
    passed,
    url: "http://127.0.0.1:1",
    at: "2026-01-01T00:00:00.000Z",
    lines: [{ name: "context", verdict: passed ? "pass" : "fail", planned: "512", found: "256", evidence: "/props" }],
  });
  const server = {
    url: "http://127.0.0.1:1",
    stop: () => Promise.resolve(void done.push("stop")),
  } as unknown as LaunchedServer;
  const steps: DeploySteps = {
    plan: (asked) => (done.push(`plan ${placeOf(asked)}`), plan(asked)),
    quantize: (source, type, target) => Promise.resolve(void done.push(`quantize ${source} ${type} ${target}`)),
    files: (place) => Promise.resolve([place]),
    pin: (paths) => (done.push(`pin ${paths.join()}`), Promise.resolve([pin])),
    check: () => (done.push("check"), Promise.resolve([])),
    launch: () => (done.push("launch"), Promise.resolve(server)),
    verify: () => (done.push("verify"), Promise.resolve(report(true))),
    ...replaced,
  };
  return { steps, done, server, report };
}

const spec: PlanSpec = { model: wide, on: "cpu 8GB", context: 512 };

describe("deployModel", () => {
  test("plans, pins, launches, verifies, and gives the plan with its pins", async () => {
    const { steps, done, server } = stepsWith();
    const told: unknown[] = [];
    const verify: DeploySteps["verify"] = (made, one, digests) => (
      told.push(digests),
      steps.verify(made, one, digests)
    );
    const proven = await deployModel(spec, "models", { ...steps, verify });
    expect(told).toEqual([[pin]]);
    expect(done).toEqual([`plan ${wide}`, `pin ${wide}`, "launch", "verify"]);
    expect(proven.plan.files).toEqual([pin]);
    expect(proven).toMatchObject({ server, report: { passed: true } });
  });

  test("makes what has to be made, and plans for that", async () => {
    const { steps, done } = stepsWith({
      plan: async (asked) => {
        done.push(`plan ${placeOf(asked)} ${asked.quantization ?? "as it is"} ${asked.engine ?? "any"}`);
        const made = await plan(spec);
        const origin = asked.quantization === undefined ? "files" : "made";
        return { ...made, model: { ...made.model, origin, source: placeOf(asked), quantization: "Q8_0" } };
      },
    });
    await deployModel({ ...spec, quantization: "q8_0" }, "models", steps);
    const target = resolve("models", `${(await plan(spec)).model.name}-Q8_0.gguf`);
    expect(done).toEqual([
      `plan ${wide} q8_0 any`,
      `quantize ${wide} Q8_0 ${target}`,
      `plan ${target} as it is llamacpp`,
      `pin ${target}`,
      "launch",
      "verify",
    ]);
  });

  test("fetches what is published where it may, and keeps what the catalogue knows", async () => {
    const asked: PlanSpec[] = [];
    const { steps } = stepsWith({
      plan: async (one) => {
        asked.push(one);
        const made = await plan({ model: "ministral-3b", on: "1x L4" });
        return one.files === undefined
          ? made
          : { ...made, model: { ...made.model, origin: "files", source: one.files } };
      },
      bring: (_, place) => Promise.resolve(place),
    });
    const { plan: made } = await deployModel({ model: "ministral-3b", on: "1x L4" }, "models", steps);
    expect(asked[1]).toEqual({ model: "ministral-3b", on: "1x L4", engine: "vllm", files: made.model.source });
  });

  test("what is not as planned is stopped again, and the error says what differs", async () => {
    const { steps, done, report } = stepsWith();
    const failing = { ...steps, verify: () => Promise.resolve(report(false)) };
    const error = await failureOf(deployModel(spec, "models", failing));
    expect(error).toMatchObject({
      code: "mismatch",
      message: expect.stringContaining("context: planned 512, found 256"),
    });
    expect(done.at(-1)).toBe("stop");
  });

  test("a server is stopped where it cannot be verified", async () => {
    const { steps, done } = stepsWith({ verify: () => Promise.reject(new Error("gone")) });
    await expect(deployModel(spec, "models", steps)).rejects.toThrow("gone");
    expect(done.at(-1)).toBe("stop");
  });

  test.each([
    [{ kind: "missing", path: wide }, "is missing"],
    [{ kind: "size", path: wide, expectedBytes: 3, foundBytes: 4 }, "has 4 bytes in place of 3"],
    [{ kind: "digest", path: wide, expectedSha256: "a", foundSha256: "b" }, "has other bytes"],
  ] as const)("a kept plan whose file %j is not launched", async (problem, words) => {
    const kept: Plan = { ...(await plan(spec)), files: [pin] };
    const folders: string[] = [];
    const { steps, done } = stepsWith({ check: (_, at) => (folders.push(at), Promise.resolve([problem])) });
    const error = await failureOf(deployModel(kept, "models", steps));
    expect(error).toMatchObject({ code: "mismatch", message: expect.stringContaining(words) });
    expect([folders, done]).toEqual([[folder], []]);
  });
});
