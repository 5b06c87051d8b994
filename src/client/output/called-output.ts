import { InhouseError, isInhouseError } from "../../core/error.ts";
import type { Batch, ModelEvent } from "../../core/event.ts";
import type { Middleware } from "../../core/handler.ts";
import { partialJson } from "../../core/partial-json.ts";
import type { ChatRequest } from "../../core/request.ts";
import type { ResponseFormat } from "../../core/response-format.ts";
import { unappliedHint } from "./output-circumstances.ts";

/** The tool whose arguments are the answer. */
const name = "answer";

/** A request whose form is that of a call that must be made: the one tool's parameters. */
export function requestOfCall(request: ChatRequest, format: ResponseFormat): ChatRequest {
  const parameters = format.type === "json-schema" ? format.schema : { type: "object" };
  const tool = { name, description: "Gives the answer: its arguments are the answer.", parameters };
  return { ...request, tools: [tool], toolChoice: { name }, toolStrategy: "native" };
}

/** Reads the call that must be made as the answer that it is: its arguments are the text, and nobody sees a call. */
export const callAsAnswer: Middleware = (request, context, next) => answerOfCall(next(request, context));

async function* answerOfCall(reply: AsyncIterable<Batch>): AsyncGenerator<Batch> {
  const written: string[] = [];
  const beside: string[] = []; // what was said and not called

  function read(event: ModelEvent): readonly ModelEvent[] {
    if (event.type === "text-delta") {
      beside.push(event.text);
      return [];
    }
    if (event.type === "finish") {
      const finishReasons = event.finishReasons.map((reason) => (reason === "tool-calls" ? "stop" : reason));
      return [{ ...event, finishReasons }];
    }
    if (event.type !== "tool-call-delta" && event.type !== "tool-call") return [event];
    // What came piece by piece comes once more as a whole; more than one answer was not asked for.
    const said = event.type === "tool-call-delta" || written.length === 0;
    if (event.index > 0 || !said || event.arguments === "") return [];
    written.push(event.arguments);
    return [{ type: "text-delta", choice: event.choice, text: event.arguments }];
  }

  try {
    for await (const batch of reply) {
      const events = batch.flatMap(read);
      if (events.length > 0) yield events;
    }
  } catch (error) {
    throw isInhouseError(error) ? asOutputError(error, written.join(""), beside.join("")) : error;
  }
}

/** What went wrong with the call, in the words of the output that it is. */
function asOutputError(error: InhouseError, written: string, beside: string): InhouseError {
  if (error.code !== "tool" && error.code !== "output-limit") return error;
  const output = valueSoFar(written);
  const known = {
    ...(error.provider === undefined ? {} : { provider: error.provider }),
    partial: {
      text: written || beside,
      reasoning: "",
      toolCalls: [],
      ...(output === undefined ? {} : { output }),
    },
    cause: error,
  };
  if (error.code === "output-limit") {
    return new InhouseError("output-limit", "The output was cut by the token limit before its end.", known);
  }
  const message = "The model answered without the call that carries the output.";
  const issues = [{ path: [], message: "expected the call that carries the output" }];
  return new InhouseError("schema", message, { ...known, issues, hint: unappliedHint("tool") });
}

function valueSoFar(text: string): unknown {
  const reader = partialJson();
  try {
    reader.push(text);
  } catch (error) {
    if (!isInhouseError(error)) throw error; // no JSON from here on, which the error at hand says in its own way
  }
  return reader.value;
}
