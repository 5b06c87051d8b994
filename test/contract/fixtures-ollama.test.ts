import { describe, expect, test } from "vitest";

import { fetchTransport } from "../../src/http/fetch-transport.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { contractCases, providerContract, type ContractSubject } from "../../src/testing/index.ts";
import { readRecording, replay } from "../support/replay.ts";

const chat = readRecording("ollama-0.34.2/chat.json");
const connect = (recording: typeof chat) => () => ollama({ transport: fetchTransport(replay(recording)) });

describe(`Ollama ${chat.version}, recorded`, () => {
  providerContract(
    { test, expect },
    {
      provider: connect(chat),
      model: chat.model,
      idle: () => Promise.resolve(), // that the server stopped was seen when it was recorded from, and is in test/e2e
    },
  );
});

/** Recordings of models that were made for one thing. */
for (const about of ["embedding", "tools", "reasoning", "image"] as const) {
  const recording = readRecording(`ollama-0.34.2/${about}.json`);
  const subject: ContractSubject = {
    provider: connect(recording),
    model: recording.model,
    supports: { [about]: "yes" },
  };
  for (const contractCase of contractCases.filter((candidate) => candidate.about === about)) {
    test(`Ollama ${recording.version}, recorded: ${contractCase.name}`, () => contractCase.run(subject, expect));
  }
}
