import { describe, expect, test } from "vitest";

import { createClient } from "../../../src/client/client.ts";
import { ChatInhouse, type ChatInhouseFields } from "../../../src/integrations/langchain/index.ts";
import {
  ChatModelIntegrationTests,
  ChatModelUnitTests,
} from "../../fixtures/langchain-standard-tests/standard-tests.js";
import { ByCalls } from "../../support/langchain-defaults.ts";
import { obedientModel } from "../../support/obedient-model.ts";

const client = createClient({ provider: obedientModel(), model: "memory" });
const subject = {
  Cls: ChatInhouse,
  chatModelHasToolCalling: true,
  chatModelHasStructuredOutput: true,
  constructorArgs: { client },
};

class UnitTests extends ChatModelUnitTests {
  /** A key belongs to the provider of the client, and is refused here, instead of taken and never used. */
  override testChatModelInitApiKey(): void {
    expect(() => new ChatInhouse({ client, apiKey: "a key" } as ChatInhouseFields)).toThrow('unknown option "apiKey"');
  }
}

class IntegrationTests extends ChatModelIntegrationTests {
  /** The suite's recording has a header and no samples: the client does not send what no model can hear. */
  override async testStandardAudioContentBlocks(): Promise<void> {
    await expect(super.testStandardAudioContentBlocks()).rejects.toThrow("The wav has no samples");
  }

  override async testWithStructuredOutput(options?: unknown): Promise<void> {
    this.Cls = ByCalls;
    await super.testWithStructuredOutput(options);
    this.Cls = ChatInhouse;
  }

  override async testWithStructuredOutputIncludeRaw(options?: unknown): Promise<void> {
    this.Cls = ByCalls;
    await super.testWithStructuredOutputIncludeRaw(options);
    this.Cls = ChatInhouse;
  }
}

new UnitTests(subject).runTests("LangChain's unit tests of chat models");

const integration = new IntegrationTests({
  ...subject,
  supportsParallelToolCalls: true,
  supportsStandardContentType: {
    text: true,
    image: ["dataUrl", "base64"],
    audio: ["dataUrl", "base64"],
    file: ["dataUrl", "text"],
  },
});
integration.runTests("LangChain's integration tests of chat models");

describe("those that LangChain's own runner leaves out", () => {
  test("stop", () => integration.testStopSequence());
  test("messages of one role that follow each other", () => integration.testDoubleMessageConversation());
});
