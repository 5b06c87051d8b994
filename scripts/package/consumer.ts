import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { command } from "./command.ts";

/** A program that uses the types of every subpath; the same as a module and as CommonJS. */
const program = `
import {
  createClient, createTransport, errorCodes, fetchTransport, InhouseError, isInhouseError,
  type ChatResult, type Client, type ClientOptions, type ErrorCode, type Middleware, type ModelEvent, type Provider,
} from "inhouse";
import { createInhouse, type InhouseChatOptions, type InhouseLanguageModel } from "inhouse/ai-sdk";
import { gateway, type Gateway, type GatewayRecord } from "inhouse/gateway";
import { llamacpp, type LlamacppProvider } from "inhouse/llamacpp";
import { mcpTools, type McpTools } from "inhouse/mcp";
import { ollama, type OllamaProvider, type OllamaRequestOptions } from "inhouse/ollama";
import { openaiCompatible } from "inhouse/openai-compatible";
import { errorStatus, respond } from "inhouse/service";
import { contractCases, memory, type MemoryProvider } from "inhouse/testing";

const log: Middleware = (request, context, next) => {
  console.log(request.kind, context.attempt);
  return next(request, context);
};
const providers: Provider[] = [
  llamacpp({ baseURL: "http://127.0.0.1:8080", transport: createTransport({ keepAliveMs: 1_000 }) }),
  openaiCompatible({ baseURL: "http://127.0.0.1:8000/v1", transport: fetchTransport(fetch) }),
];
export const real: LlamacppProvider = llamacpp();
export const store: OllamaProvider = ollama({ baseURL: "http://127.0.0.1:11434" });
export const context: OllamaRequestOptions = { numCtx: 8_192, keepAlive: "1h" };
export const scripted: MemoryProvider = memory({ reply: () => "Hello" });
export const options: ClientOptions = { provider: scripted, middleware: [log], timeout: { totalMs: 1_000 } };
export const client: Client = createClient(options);
export const model: InhouseLanguageModel<"v3"> = createInhouse({ client, specificationVersion: "v3" })();
export const own: InhouseChatOptions = { minP: 0.1, maxOutputRetries: 1 };
export const records: GatewayRecord[] = [];
export const face: Gateway = gateway(client, { keys: { team: "key" }, onEnd: (record) => records.push(record) });
export const notes = (): Promise<McpTools> => mcpTools({ server: { command: "/usr/bin/notes" }, approval: "always" });

export async function use(): Promise<[string, number | undefined, ErrorCode[]]> {
  await using other = createClient({ provider: providers[0] ?? scripted });
  const stream = other.stream({ messages: [{ role: "user", content: "Hello" }], maxTokens: 5 });
  for await (const event of stream) if (event.type === "text-delta") console.log(event.text);
  const result: ChatResult = await stream.result;
  const completion = await client.complete({ prompt: "One" });
  try {
    await client.embed({ input: ["a", "b"] });
  } catch (error) {
    if (isInhouseError(error)) console.error(error.code, error.hint, error.partial?.text, errorCodes[error.code].hint);
  }
  const answer: Response = await respond(() => client.stream({ messages: "Hello" }), { format: "text" });
  console.log(answer.status, errorStatus(new Error("x")));
  const first: ModelEvent["type"] | undefined = contractCases.length > 0 ? "start" : undefined;
  return [\`\${result.text}\${first ?? ""}\`, completion.usage?.outputTokens, [new InhouseError("limit", "x").code]];
}

// @ts-expect-error: an unknown option is an error before anything runs.
createClient({ provider: scripted, modle: "x" });
// @ts-expect-error: so is an undefined one, under exactOptionalPropertyTypes.
createClient({ provider: scripted, model: undefined });
`;

/** Compiles strict programs against the package that is installed in \`folder\`, its own types checked too. */
export async function compileConsumers(root: string, folder: string): Promise<void> {
  const modules = join(root, "node_modules");
  const config = {
    compilerOptions: {
      target: "es2023",
      lib: ["es2023", "esnext.disposable"],
      module: "nodenext",
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
      typeRoots: [join(modules, "@types")],
      types: ["node"],
    },
    files: ["consumer.mts", "consumer.cts"],
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  for (const file of config.files) await writeFile(join(folder, file), program);
  await command(process.execPath, [join(modules, "typescript", "bin", "tsc"), "--project", folder], folder);
}
