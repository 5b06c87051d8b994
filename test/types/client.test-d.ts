import { expectTypeOf, test } from "vitest";

import {
  createClient,
  isInhouseError,
  type ChatInput,
  type ChatResult,
  type Client,
  type CompletionInput,
  type CompletionResult,
  type EmbeddingResult,
  type ErrorCode,
  type FinishReason,
  type InhouseError,
  type Middleware,
  type ModelEvent,
  type ModelRequest,
  type RerankResult,
  type TextStream,
  type TokenizationResult,
} from "../../src/index.ts";
import { llamacpp, type LlamacppProvider } from "../../src/providers/llamacpp/index.ts";
import { memory } from "../../src/testing/index.ts";

const client = createClient({ provider: memory() });

test("stream() tells chat and completion apart by their input", () => {
  expectTypeOf(client).toEqualTypeOf<Client>();
  expectTypeOf(client.stream({ messages: "Hi" })).toEqualTypeOf<TextStream<ChatResult>>();
  expectTypeOf(client.stream({ prompt: "Hi" })).toEqualTypeOf<TextStream<CompletionResult>>();
  expectTypeOf(client.stream({ messages: "Hi" }).result).resolves.toEqualTypeOf<ChatResult>();
  // @ts-expect-error neither messages nor a prompt
  void (() => client.stream({ temperature: 0 }));
});

test("each call has its result", () => {
  expectTypeOf(client.chat({ messages: "Hi" })).resolves.toEqualTypeOf<ChatResult>();
  expectTypeOf(client.complete).returns.resolves.toEqualTypeOf<CompletionResult>();
  expectTypeOf(client.embed).returns.resolves.toEqualTypeOf<EmbeddingResult>();
  expectTypeOf(client.rerank).returns.resolves.toEqualTypeOf<RerankResult>();
  expectTypeOf(client.tokenize).returns.resolves.toEqualTypeOf<TokenizationResult>();
  expectTypeOf<EmbeddingResult["embeddings"]>().toEqualTypeOf<readonly (readonly number[])[]>();
  expectTypeOf<ChatResult["finishReason"]>().toEqualTypeOf<FinishReason>();
  expectTypeOf<CompletionResult>().not.toHaveProperty("toolCalls");
});

test("a conversation that may be trimmed tells what was left out; thinking is one option", () => {
  expectTypeOf<ChatInput["context"]>().toEqualTypeOf<"refuse" | "trim" | undefined>();
  expectTypeOf<CompletionInput>().not.toHaveProperty("context");
  expectTypeOf<ChatResult["droppedMessages"]>().toEqualTypeOf<number | undefined>();
  expectTypeOf<ChatInput["reasoning"]>().toEqualTypeOf<
    boolean | "low" | "medium" | "high" | { readonly maxTokens: number } | undefined
  >();
});

test("a stream is iterable and not thenable", () => {
  const stream = client.stream({ messages: "Hi" });
  expectTypeOf(stream).toExtend<AsyncIterable<ModelEvent>>();
  expectTypeOf(stream.text).toExtend<AsyncIterable<string>>();
  expectTypeOf(stream).not.toHaveProperty("then");
  expectTypeOf(stream.toResponse()).toEqualTypeOf<Response>();
});

test("an event narrows by its type", () => {
  void ((event: ModelEvent): void => {
    if (event.type === "text-delta") expectTypeOf(event.text).toEqualTypeOf<string>();
    else if (event.type === "tool-call") expectTypeOf(event.arguments).toEqualTypeOf<string>();
    else if (event.type === "finish") expectTypeOf(event.finishReasons).toEqualTypeOf<readonly FinishReason[]>();
    else if (event.type === "embedding") expectTypeOf(event.vector).toEqualTypeOf<readonly number[]>();
    // @ts-expect-error no event has that type
    else if (event.type === "error") expectTypeOf(event).toBeNever();
  });
});

test("an error narrows by isInhouseError", () => {
  const caught: unknown = undefined;
  if (isInhouseError(caught)) {
    expectTypeOf(caught).toEqualTypeOf<InhouseError>();
    expectTypeOf(caught.code).toEqualTypeOf<ErrorCode>();
    expectTypeOf(caught.partial?.text).toEqualTypeOf<string | undefined>();
  }
  // @ts-expect-error a code that is not in the table
  void (caught === ("no-such-code" satisfies ErrorCode));
});

test("a middleware sees a request of every kind, narrowed by `kind`", () => {
  const middleware: Middleware = (request, context, next) => {
    expectTypeOf(request).toEqualTypeOf<ModelRequest>();
    if (request.kind === "embedding") expectTypeOf(request.inputs).toEqualTypeOf<readonly string[]>();
    if (request.kind === "chat") expectTypeOf(request).toHaveProperty("messages");
    return next(request, context);
  };
  void createClient({ provider: memory(), middleware: [middleware] });
});

test("wrong input does not compile", () => {
  // @ts-expect-error a misspelt option
  void (() => client.chat({ messages: "Hi", temprature: 1 }));
  // @ts-expect-error a role that there is not
  void (() => client.chat({ messages: [{ role: "wizard", content: "Hi" }] }));
  // @ts-expect-error a provider that was not called
  void (() => createClient({ provider: memory }));
  // @ts-expect-error a switch that there is not
  void (() => llamacpp({ insecure: true }));
});

test("a provider keeps what only it has", () => {
  const provider = llamacpp();
  expectTypeOf(provider).toEqualTypeOf<LlamacppProvider>();
  expectTypeOf(provider.slots).toBeFunction();
});
