import { generateText, jsonSchema, Output, streamText, tool, type LanguageModel, type ToolSet } from "ai";

import { messages, tools, type Subject } from "../subject.ts";

const [{ content: instructions }, question] = messages;
const prompt = { instructions, messages: [question] };

const toolSet: ToolSet = Object.fromEntries(
  tools.map(({ name, description }) => [name, tool({ description, inputSchema: jsonSchema({ type: "object" }) })]),
);

/** A model of the AI SDK; `streamText` tells of errors in a callback alone, so that is where they are thrown from. */
export function aiSubject(model: LanguageModel): Subject {
  let failure: Error | undefined;
  const onError = ({ error }: { error: unknown }): void => {
    failure = new Error("streamText told of an error.", { cause: error });
  };
  const request = { model, ...prompt, onError };
  const check = (): void => {
    if (failure) throw failure;
  };
  return {
    skipsPartials: true,
    async stream(onText) {
      for await (const text of streamText(request).textStream) onText(text);
      check();
    },
    async object(onPartial) {
      const output = Output.object({ schema: jsonSchema({ type: "object" }) });
      const stream = streamText({ ...request, output });
      for await (const _ of stream.partialOutputStream) onPartial();
      check();
      return stream.output;
    },
    async call(onPiece) {
      let input: unknown;
      for await (const part of streamText({ ...request, tools: toolSet }).fullStream) {
        if (part.type === "tool-input-delta" && part.delta !== "") onPiece();
        else if (part.type === "tool-call") input = part.input;
      }
      check();
      return input;
    },
    async chat() {
      const { text } = await generateText({ model, ...prompt });
      return text;
    },
  };
}
