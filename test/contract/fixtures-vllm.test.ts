import { describe, expect, test } from "vitest";

import { fetchTransport } from "../../src/http/fetch-transport.ts";
import { vllm } from "../../src/providers/vllm/index.ts";
import { contractCases, providerContract, type ContractSubject } from "../../src/testing/index.ts";
import { readRecording, replay } from "../support/replay.ts";

const chat = readRecording("vllm-0.32.0/chat.json");
const connect = (recording: typeof chat) => () => vllm({ transport: fetchTransport(replay(recording)) });

describe(`vLLM ${chat.version}, recorded`, () => {
  providerContract(
    { test, expect },
    {
      provider: connect(chat),
      model: chat.model,
      idle: () => Promise.resolve(), // that the server stopped was seen when it was recorded from, and is in test/e2e
    },
  );
});

/** Recordings of servers for one task; one that embeds ranks by the likeness of vectors, one that chats may see. */
for (const about of ["embedding", "rerank", "classification", "transcription", "image"] as const) {
  const recording = readRecording(`vllm-0.32.0/${about}.json`);
  const subject: ContractSubject = {
    provider: connect(recording),
    model: recording.model,
    supports: { [about]: "yes" },
  };
  for (const contractCase of contractCases.filter((candidate) => candidate.about === about)) {
    test(`vLLM ${recording.version}, recorded: ${contractCase.name}`, () => contractCase.run(subject, expect));
  }
}
