import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { cacheFolder } from "../../scripts/servers/cache.ts";
import { Unavailable } from "../../scripts/servers/index.ts";
import { withLock } from "../../scripts/servers/lock.ts";
import { pipInstall } from "../../scripts/servers/pip-install.ts";
import { prepareEnvironment } from "../../scripts/servers/python.ts";
import { run } from "../../scripts/servers/run.ts";

/** The version of OpenAI's package for Python that the tests were written against. */
const openai = "openai==3.57.0";
const program = fileURLToPath(new URL("openai-client.py", import.meta.url));

/** What each case of `openai-client.py` saw, or why there is no Python to run it. */
export type PythonOutcome = Readonly<Record<string, unknown>> | { readonly unavailable: string };

/** Runs the cases with OpenAI's own package for Python, in an environment of the cache that is made where it is missing. */
export async function askWithPython(args: readonly string[]): Promise<PythonOutcome> {
  let python: string;
  try {
    python = await preparedPython();
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    return { unavailable: `${error.missing}. ${error.hint}` };
  }
  const { code, output } = await run(python, ["-I", program, ...args], { timeoutMs: 120_000 });
  if (code !== 0) throw new Error(output);
  return JSON.parse(output.trim().split("\n").at(-1) ?? "") as Readonly<Record<string, unknown>>;
}

async function preparedPython(): Promise<string> {
  const cache = cacheFolder();
  return withLock(join(cache, "python-openai.lock"), async () => {
    const preparation = { cache };
    const python = await prepareEnvironment(join(cache, "python-openai"), { oldest: 10 }, preparation);
    const found = await run(python, ["-I", "-m", "pip", "freeze"]);
    if (!found.output.includes(openai)) await pipInstall(python, [openai], preparation);
    return python;
  });
}
