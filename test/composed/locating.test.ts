import { expect, test } from "vitest";

import { llamacppEngine, plan, plannedURL, type Engine } from "../../src/deploy.ts";

test.each([
  ["llamacpp", "0.0.0.0", "http://127.0.0.1:8080"],
  ["llamacpp", "10.0.0.5", "http://10.0.0.5:8080"],
  ["vllm", "::1", "http://[::1]:8000"],
  ["ollama", "::", "http://[::1]:11434"],
  ["ollama", "127.0.0.1", "http://127.0.0.1:11434"],
])("what %s serves at %s is at %s", async (engine, address, url) => {
  expect(plannedURL(await plan({ model: "ministral-3b", on: "1x L4", engine, address }))).toBe(url);
});

test("a plan whose server chooses its port has no address", async () => {
  const made = await plan({ model: "ministral-3b", on: "1x L4", engine: "llamacpp", port: 0 });
  expect(() => plannedURL(made)).toThrow(/at which port/);
});

test("an engine of one's own is asked where it listens; one that is not known is refused", async () => {
  const own: Engine = {
    ...llamacppEngine,
    name: "own",
    planned: (made) => ({ ...llamacppEngine.planned(made), address: "10.0.0.7", port: 9 }),
  };
  const made = await plan({ model: "ministral-3b", on: "1x L4", engine: "own" }, { engines: [own] });
  expect(plannedURL(made, { engines: [own] })).toBe("http://10.0.0.7:9");
  expect(() => plannedURL(made)).toThrow(
    expect.objectContaining({ code: "unsupported", hint: expect.stringContaining("vllm, llamacpp, ollama") }),
  );
});
