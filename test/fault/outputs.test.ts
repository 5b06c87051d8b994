import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";

import { createClient } from "../../src/client/client.ts";
import type { OutputInput } from "../../src/core/output-form.ts";
import { failureOf, type Loopback } from "../support/loopback.ts";
import { dialects, isGeneration, modelServer } from "./dialects.ts";
import { deep } from "./fault.ts";

const unhandled: unknown[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));
afterEach(() => expect(unhandled).toEqual([]));

const trip = { type: "object", properties: { city: { type: "string" }, days: { type: "number" } }, required: ["city"] };
const nested = { type: "array", items: { $ref: "#" } };
interface Node {
  readonly [index: number]: Node;
}
const lists: z.ZodType<Node> = z.lazy(() => z.array(lists));

/** Escape sequences that colour and link, and marks that turn the line. */
const hostile = "\u001B[31m\u001B]8;;http://elsewhere.example\u0007click\u202E";

const misfits: readonly (readonly [what: string, text: string, output: OutputInput])[] = [
  ["prose", "I would go to Ulm.", trip],
  ["broken JSON", "{'city':'Ulm'}", trip],
  ["cut JSON", '{"city":"Ul', trip],
  ["NaN", '{"city":"Ulm","days":NaN}', trip],
  ["another form", '{"town":"Ulm"}', trip],
  ["nothing but white space", " \n ", trip],
  ["200,000 lists in each other", deep, nested],
  ["200,000 lists in each other, for zod", deep, lists],
  ["escape sequences", `${hostile} {"city":7}`, trip],
  ["escape sequences in the value", JSON.stringify({ city: 7, [hostile]: hostile }), trip],
];

describe.each(Object.entries(dialects))("%s", (_, dialect) => {
  async function clientOf(
    text: string,
    reason?: "stop" | "length",
  ): Promise<readonly [ReturnType<typeof createClient>, Loopback]> {
    const server = await modelServer(({ socket }) =>
      socket.write(dialect.whole(...(text.match(/[^]{1,65536}/g) ?? []).map(dialect.said), dialect.done(reason))),
    );
    const client = createClient({ provider: dialect.connect({ baseURL: server.origin }), model: "m", maxRetries: 2 });
    onTestFinished(() => client.close());
    return [client, server];
  }

  test.each(misfits)(
    "row 89, an output that is %s: never a value, but an error with what the model wrote, and one request",
    async (_what, text, output) => {
      const [client, server] = await clientOf(text);
      const error = await failureOf(client.stream({ messages: "Hi", output }).result);
      expect(error.code, error.stack).toMatch(output === trip ? /^schema$/ : /^limit$/);
      expect(error.partial?.text ?? "").toBe(text);
      expect(error.message).not.toMatch(/[\p{Cc}\u202E]/u); // row 90
      expect(error.message.length).toBeLessThan(1_000);
      expect(server.requests.filter(isGeneration)).toHaveLength(1);
    },
  );

  test("row 89, an output that the token limit cut: output-limit", async () => {
    const [client] = await clientOf('{"city":"Ul', "length");
    const error = await failureOf(client.stream({ messages: "Hi", output: trip }).result);
    expect(error).toMatchObject({ code: "output-limit", partial: { text: '{"city":"Ul' } });
  });

  test("row 89, keys that come twice: the last one holds, and it is checked", async () => {
    const [client] = await clientOf('{"city":7,"city":"Ulm"}');
    const { output } = await client.stream({ messages: "Hi", output: trip }).result;
    expect(output).toEqual({ city: "Ulm" });
    const [other] = await clientOf('{"city":"Ulm","city":7}');
    expect((await failureOf(other.stream({ messages: "Hi", output: trip }).result)).code).toBe("schema");
  });

  test("row 64, an output with keys that reach a prototype pollutes nothing", async () => {
    const [client] = await clientOf(
      '{"city":"Ulm","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
    );
    const { output } = await client.stream({ messages: "Hi", output: trip }).result;
    expect(Object.assign({}, output as object)).not.toHaveProperty("polluted");
    expect({}).not.toHaveProperty("polluted");
  });

  test("row 90, escape sequences are in the text as the model wrote them", async () => {
    const [client] = await clientOf(hostile);
    expect((await client.stream({ messages: "Hi" }).result).text).toBe(hostile);
  });
});
