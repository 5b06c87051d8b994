import { describe, expect, test as always } from "vitest";

import type { CapabilityName } from "../../src/index.ts";
import { realClients } from "./real-clients.ts";

/** What each server is found to hold a model to, by asking it. */
const held: Readonly<Record<string, readonly CapabilityName[]>> = {
  "llama-server": ["structuredOutput", "choice", "regex", "grammar"],
  Ollama: ["structuredOutput", "choice", "regex"],
  vLLM: ["structuredOutput", "choice", "regex", "grammar", "forcedTools"],
};

describe.each(realClients())("probe() on %s", (title, client) => {
  const test = client ? always : always.skip;

  test("finds what the server holds a model to, and the client knows it from then on", async () => {
    await using probed = client;
    const { capabilities } = (await probed?.probe())?.model ?? {};
    for (const name of held[title] ?? []) {
      expect([name, capabilities?.[name]]).toEqual([
        name,
        { supported: "yes", evidence: expect.stringMatching(/^probe: /) },
      ]);
    }
    if (title === "Ollama") expect(capabilities?.grammar.supported).toBe("no");
    if (title !== "vLLM") expect(capabilities?.forcedTools.supported).toBe("no");
    expect((await probed?.capabilities())?.model.capabilities).toEqual(capabilities);
  });
});
