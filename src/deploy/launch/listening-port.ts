import { once } from "node:events";
import { createServer } from "node:net";

import { InhouseError } from "../../core/error.ts";

/** Below the ports that systems give to whoever asks for any, so that nobody is given this one meanwhile. */
const lowest = 12_000;
const highest = 30_000;
const mostTries = 100;

/** A port on which nothing listens, for a server that cannot be told to take any and to say which. */
export async function freePort(address = "127.0.0.1"): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    const failure = await portFailure(address, port);
    if (!failure) return port;
    if (tries >= mostTries) throw failure;
  }
}

/** Why a server could not listen there; nothing where it could. */
export async function portFailure(address: string, port: number): Promise<InhouseError | undefined> {
  const server = createServer();
  try {
    server.listen(port, address.replaceAll(/^\[|\]$/g, ""));
    await once(server, "listening");
    return undefined;
  } catch (cause) {
    return failureOf((cause as NodeJS.ErrnoException).code, address, port, cause);
  } finally {
    server.close();
  }
}

function failureOf(code: string | undefined, address: string, port: number, cause: unknown): InhouseError {
  switch (code) {
    case "EADDRINUSE":
      return new InhouseError(
        "invalid-request",
        `launch: port ${port} of ${address} is taken: a program listens there.`,
        {
          hint: "launch(plan, { port: 0 }) takes any free one, { port } another; or end the program that listens there.",
          cause,
        },
      );
    case "EACCES":
      return new InhouseError("forbidden", `launch: port ${port} may not be used by this user.`, {
        hint: "Take one from 1024 on: launch(plan, { port }).",
        cause,
      });
    default:
      return new InhouseError(
        "invalid-request",
        `launch: nothing can listen at ${address}: ${code ?? String(cause)}.`,
        {
          hint: "The plan's address has to be one of this machine's: 127.0.0.1, 0.0.0.0 for all of them.",
          cause,
        },
      );
  }
}
