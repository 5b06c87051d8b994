import { once } from "node:events";
import { createServer } from "node:net";

/** Below the ports that systems give to whoever asks for any, so that nobody is given this one meanwhile. */
const LOWEST = 12_000;
const HIGHEST = 30_000;

/** A port of this machine on which nothing listens, for a server that cannot be told to take any and to say which. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
