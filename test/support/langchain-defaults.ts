import type { BindToolsInput } from "@langchain/core/language_models/chat_models";

import { ChatInhouse, type ChatInhouseFields } from "../../src/integrations/langchain/index.ts";

/** LangChain's suite takes calls of functions for the default of withStructuredOutput(); ours is the schema itself. */
export class ByCalls extends ChatInhouse {
  constructor(fields: ChatInhouseFields) {
    super(fields);
    const structured = this.withStructuredOutput.bind(this);
    const withStructuredOutput: typeof structured = (schema: object, config: object = {}) =>
      structured(schema as never, { method: "functionCalling", ...config }) as never;
    Object.assign(this, { withStructuredOutput });
  }
}

/** A model that must call a tool where it is shown any: the small one of the tests calls none of its own accord. */
export class Forced extends ChatInhouse {
  override bindTools(tools: BindToolsInput[], kwargs: Parameters<ChatInhouse["bindTools"]>[1] = {}) {
    return super.bindTools(tools, { tool_choice: "any", ...kwargs });
  }
}
