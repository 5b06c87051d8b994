import { describe, expect, test } from "vitest";

import { fetchTransport } from "../../src/http/fetch-transport.ts";
import { llamacpp } from "../../src/providers/llamacpp/index.ts";
import { contractCases, providerContract, type ContractSubject } from "../../src/testing/index.ts";
import { readRecording, replay } from "../support/replay.ts";

const chat = readRecording("llamacpp-b11549/chat.json");
const connect = (recording: typeof chat, apiKey?: string) => () =>
  llamacpp({ transport: fetchTransport(replay(recording)), ...(apiKey === undefined ? {} : { apiKey }) });

describe(`llama-server ${chat.version}, recorded`, () => {
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
  ["llamacpp-b11434/infill.json", "infill"],
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
