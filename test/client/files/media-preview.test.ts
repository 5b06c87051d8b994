import { expect, test, vi } from "vitest";

import { createClient } from "../../../src/client/client.ts";
import { no, yes } from "../../../src/core/capability.ts";
import { answerOf, scripted, stubProvider } from "../../support/canned.ts";
import { failureOf } from "../../support/loopback.ts";

const picture = { type: "image", mediaType: "image/png", data: "iVBORw0KGgo=" } as const;
const messages = [{ role: "user", content: [{ type: "text", text: "What is this?" }, picture] }] as const;

/** A client of a model that sees, or does not, and what was sent. */
function clientOf(sees: boolean) {
  const send = vi.fn(scripted(answerOf("fine")));
  const template = stubProvider(send);
  const capabilities = { ...template.capabilities, image: sees ? yes("it sees") : no("no eyes") };
  const describe = () => Promise.resolve({ id: "m", aliases: [], contextLength: 4_096, capabilities });
  return { client: createClient({ provider: stubProvider(send, { describe }), maxRetries: 0 }), send };
}

test("a preview tells what would be sent, and sends nothing", async () => {
  const { client, send } = clientOf(true);
  expect(await client.previewMedia({ messages })).toMatchObject({
    model: "m",
    parts: [{ place: "messages[0].content[1]", kind: "image", mediaType: "image/png", sizeBytes: 8, changes: [] }],
    sizeBytes: 8,
    contextLength: 4_096,
    capabilities: { image: { supported: "yes", evidence: "it sees" } },
  });
  expect(send).not.toHaveBeenCalled();
});

test("a preview of texts has no parts", async () => {
  expect(await clientOf(true).client.previewMedia({ messages: "Hi" })).toMatchObject({ parts: [], sizeBytes: 0 });
});

test("it fails with what the chat would fail with", async () => {
  const { client, send } = clientOf(false);
  const failures = [await failureOf(client.previewMedia({ messages })), await failureOf(client.chat({ messages }))];
  expect(failures.map(({ code }) => code)).toEqual(["unsupported", "unsupported"]);
  expect(failures[0]?.message).toBe(failures[1]?.message);
  expect((await failureOf(client.previewMedia({ messages, maxToken: 5 } as never))).code).toBe("invalid-request");
  expect(send).not.toHaveBeenCalled();
});
