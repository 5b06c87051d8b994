import { afterAll, describe, expect, test as always } from "vitest";

import { grammar, isInhouseError } from "../../src/index.ts";
import { nastySchemas, otherForms } from "../support/nasty-schemas.ts";
import { realClients } from "./real-clients.ts";

const asked = { messages: "Make up an example, as short as can be.", maxTokens: 64, temperature: 0 } as const;

describe.each(realClients())("%s", (title, client) => {
  const test = client ? always : always.skip;
  const seen: Record<string, number> = {};
  afterAll(async () => {
    console.info(`${title}: ${JSON.stringify(seen)}`);
    await client?.close();
  });

  // Some at a time, as a service asks: servers answer them together.
  test.concurrent.each([...nastySchemas, ...otherForms])(
    "%s: the reply fits, or a typed error says why not",
    async (_, output) => {
      const outcome = await client
        ?.chat({ ...asked, output })
        .then(() => "fits")
        .catch((error: unknown) => {
          if (!isInhouseError(error)) throw error;
          expect(error.partial?.text).toBeTypeOf("string"); // the server took the schema
          return error.code;
        });
      expect(["fits", "schema", "output-limit"]).toContain(outcome);
      seen[outcome ?? ""] = (seen[outcome ?? ""] ?? 0) + 1;
    },
  );

  test("more than half of the schemas have their answer", () => expect(seen["fits"]).toBeGreaterThan(20));

  test("a grammar holds, where the server takes one", async () => {
    const output = grammar('root ::= "x" [0-9] [0-9] "y"', { syntax: "gbnf" });
    const call = client?.chat({ ...asked, output });
    if (title === "Ollama") await expect(call).rejects.toMatchObject({ code: "unsupported" });
    else expect((await call)?.output).toMatch(/^x\d\dy$/);
  });

  test("a stream of a text has its pieces", async () => {
    const stream = client?.stream({ ...asked, output: otherForms[1]?.[1] ?? {} });
    const partials: unknown[] = [];
    for await (const partial of stream?.partials ?? []) partials.push(partial);
    expect(["yes", 'n"o', "maybe so"]).toContain(partials.at(-1));
  });
});
