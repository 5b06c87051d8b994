import { describe, expect, test } from "vitest";

import type { OllamaRequestOptions } from "../../src/providers/ollama/index.ts";
import { encodeLoadOptions, encodeOllamaOptions } from "../../src/providers/ollama/ollama-options.ts";
import { thrownBy } from "../support/loopback.ts";

test("every option is written under the server's name, where the server looks for it", () => {
  const options: Required<OllamaRequestOptions> = {
    numCtx: 8_192,
    numBatch: 64,
    numGpu: -1,
    mainGpu: 0,
    useMmap: false,
    numThread: 4,
    keepAlive: "1h30m",
    truncate: true,
    shift: true,
    numKeep: 8,
    draftNumPredict: 2,
    think: "max",
    raw: false,
    template: "{{ .Prompt }}",
    system: "Be brief.",
  };
  expect(encodeOllamaOptions({ ...options }, "completion")).toEqual({
    body: {
      keep_alive: "1h30m",
      truncate: true,
      shift: true,
      think: "max",
      raw: false,
      template: "{{ .Prompt }}",
      system: "Be brief.",
    },
    options: {
      num_ctx: 8_192,
      num_batch: 64,
      num_gpu: -1,
      main_gpu: 0,
      use_mmap: false,
      num_thread: 4,
      num_keep: 8,
      draft_num_predict: 2,
    },
  });
});

describe("refused", () => {
  test.each([
    ["a misspelt name", { numCTX: 1 }, "chat", 'Did you mean "numCtx"?'],
    ["an option of another operation", { template: "x" }, "chat", "Known options"],
    ["an option of a generation", { shift: true }, "embedding", "Known options"],
  ] as const)("%s", (_, options, kind, hint) => {
    const error = thrownBy(() => encodeOllamaOptions(options, kind));
    expect(error.code).toBe("invalid-request");
    expect(error.hint).toContain(hint);
  });

  test.each<[keyof OllamaRequestOptions, readonly unknown[]]>([
    ["numCtx", ["4096", 0, 1.5, Number.NaN, null]],
    ["numGpu", [-2, true]],
    ["useMmap", ["yes", 1]],
    ["keepAlive", ["soon", "", Number.POSITIVE_INFINITY, {}]],
    ["truncate", ["false", 0]],
    ["think", ["extreme", 1]],
    ["template", [1]],
  ])("%s of the wrong type or value, to which the server answers 500 or nothing", (name, values) => {
    for (const value of values) {
      const error = thrownBy(() => encodeOllamaOptions({ [name]: value }, "completion"));
      expect(error.code).toBe("invalid-request");
      expect(error.message).toContain(`${name}: expected`);
    }
  });
});

test("durations as Go has them", () => {
  for (const keepAlive of [0, -1, 2.5, "0", "-1s", "5m", "1h30m", "1.5h", "300ms"]) {
    expect(encodeOllamaOptions({ keepAlive }, "chat").body).toEqual({ keep_alive: keepAlive });
  }
});

test("undefined is an option left out", () => {
  expect(encodeOllamaOptions({ numCtx: undefined }, "chat")).toEqual({ body: {}, options: {} });
});

test("loading takes what concerns loading", () => {
  expect(encodeLoadOptions({ numCtx: 512, keepAlive: -1 })).toEqual({
    body: { keep_alive: -1 },
    options: { num_ctx: 512 },
  });
  expect(thrownBy(() => encodeLoadOptions({ think: true } as object)).message).toContain(
    'load: unknown option "think"',
  );
});
