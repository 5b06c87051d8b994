import { connect, isInhouseError } from "../index.ts";

/** A server that was asked who it is. */
export interface AskedServer {
  readonly url: string;
  /** Absent where no server answers. */
  readonly title?: string;
  readonly version?: string;
  readonly models?: readonly { readonly id: string; readonly contextLength?: number }[];
  /** Why there is no title. */
  readonly problem?: string;
  readonly hint?: string;
}

/** The usual addresses of llama-server, vLLM and Ollama on this machine. */
export const usualAddresses: readonly string[] = [
  "http://127.0.0.1:8080",
  "http://127.0.0.1:8000",
  "http://127.0.0.1:11434",
];

/** Asks at an address which server is there and what it serves. */
export async function askServer(url: string, env: Readonly<Record<string, string | undefined>>): Promise<AskedServer> {
  try {
    const client = await connect(url, { env, maxRetries: 0 });
    const { title, version, models } = client.server;
    await client.close();
    return {
      url,
      title,
      ...(version === undefined ? {} : { version }),
      models: models.map(({ id, contextLength }) => ({
        id,
        ...(contextLength === undefined ? {} : { contextLength }),
      })),
    };
  } catch (error) {
    if (!isInhouseError(error)) throw error;
    return { url, problem: error.message, hint: error.hint };
  }
}
