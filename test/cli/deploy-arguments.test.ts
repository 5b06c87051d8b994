import { expect, test } from "vitest";

import { deploySettings, readDeployArguments } from "../../src/cli/deploy-arguments.ts";
import { failureOf } from "../support/loopback.ts";

const settingsOf = async (...args: readonly string[]): Promise<object> => {
  const { values } = await readDeployArguments(["m.gguf", ...args]);
  return deploySettings(values);
};

test.each<[args: readonly string[], settings: object]>([
  [[], {}],
  [["--imatrix", "m.imatrix.gguf"], { imatrix: "m.imatrix.gguf" }],
  [["--imatrix-text", "letters.txt"], { imatrix: { text: "letters.txt" } }],
  [["--imatrix-text", "letters.txt", "--imatrix", "to.gguf"], { imatrix: { text: "letters.txt", target: "to.gguf" } }],
  [["--program", "llama-server=/opt/llama-server"], { programs: { "llama-server": "/opt/llama-server" } }],
  [["--restarts", "3"], { restarts: { most: 3, withinMs: 600_000 } }],
  [["--policy", "no-exfiltration", "--port", "0"], { policy: "no-exfiltration", port: 0 }],
])("%j is %j", async (args, settings) => {
  expect(await settingsOf(...args)).toEqual(settings);
});

test.each<[args: readonly string[], words: RegExp]>([
  [["--policy", "secret"], /no-exfiltration/],
  [["--program", "llama-server"], /llama-server=\//],
  [["--plan", "kept.json"], /goes without/],
])("%j is refused, with what to do", async (args, words) => {
  const { code, message, hint } = (await failureOf(settingsOf(...args))) as Error & { code: string; hint: string };
  expect(code).toBe("invalid-request");
  expect(`${message} ${hint}`).toMatch(words);
});
