import { describe, expect, test } from "vitest";

import { fetchTransport } from "../../src/http/fetch-transport.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { contractCases, providerContract, type ContractSubject } from "../../src/testing/index.ts";
import type { Recording } from "../support/exchanges.ts";
import { readRecording, replay } from "../support/replay.ts";

const chats = [readRecording("llamacpp-b11549/chat.json"), readRecording("llamacpp-b11434/chat.json")];
const connect = (recording: Recording) => () => llamacpp({ transport: fetchTransport(replay(recording)) });

describe.each(chats.map((chat) => [chat.version, chat] as const))("llama-server %s, recorded", (_, chat) => {
  providerContract(
    { test, expect },
    {
      provider: connect(chat),
      model: chat.model,
      idle: () => Promise.resolve(), // that the server stopped was seen when it was recorded from, and is in test/e2e
    },
  );
});

/** Recordings of servers that were started for one operation. */
for (const [file, about] of [
  ["llamacpp-b11549/embedding.json", "embedding"],
  ["llamacpp-b11549/rerank.json", "rerank"],
] as const) {
  const recording = readRecording(file);
  const subject: ContractSubject = {
    provider: connect(recording),
    model: recording.model,
    supports: { [about]: "yes" },
  };
  for (const contractCase of contractCases.filter((candidate) => candidate.about === about)) {
    test(`llama-server ${recording.version}, recorded: ${contractCase.name}`, () => contractCase.run(subject, expect));
  }
}
