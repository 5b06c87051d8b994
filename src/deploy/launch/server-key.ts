import { randomBytes } from "node:crypto";

import { InhouseError } from "../../core/error.ts";
import { isLoopback } from "../../core/listening-address.ts";
import type { EngineServer } from "../engine-server.ts";

/** What is asked about the key of a server. */
export interface KeyQuestion {
  readonly apiKey?: string | undefined;
  readonly withoutKey?: boolean | undefined;
  readonly address: string;
}

/**
 * The key that a server asks its callers for: the caller's, or a new one of 256 bits where it is to be generated or others
 * than this machine reach the server. Throws `unsupported` where the server knows no keys and one is wanted or needed, and
 * `invalid-request` for a key that cannot be sent.
 */
export function serverKey(
  { program, takesKey }: Pick<EngineServer, "program" | "takesKey">,
  { apiKey, withoutKey = false, address }: KeyQuestion,
): string | undefined {
  const isReachable = !isLoopback(address);
  if (apiKey === undefined && (withoutKey || !isReachable)) return undefined;
  if (apiKey !== undefined && withoutKey) {
    throw new InhouseError("invalid-request", "launch: apiKey and withoutKey exclude each other.");
  }
  if (!takesKey) {
    throw new InhouseError(
      "unsupported",
      apiKey === undefined
        ? `launch: ${program} knows no keys, and at ${address} whoever reaches this machine may use it.`
        : `launch: ${program} knows no keys.`,
      {
        hint: "Let it listen on 127.0.0.1 with a proxy before it that asks for one; or, where the network keeps others out, launch(plan, { withoutKey: true }).",
      },
    );
  }
  if (apiKey === undefined || apiKey === "generate") return randomBytes(32).toString("base64url");
  // llama-server takes a list, divided by commas.
  if (!/^[!-+\--~]+$/.test(apiKey)) {
    throw new InhouseError("invalid-request", "launch: apiKey is empty or has spaces, commas or signs beyond ASCII.");
  }
  return apiKey;
}
