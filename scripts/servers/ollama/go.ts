import { programsOnPath } from "../programs.ts";
import { run } from "../run.ts";
import { Unavailable } from "../unavailable.ts";

const HINT =
  "Install it from https://go.dev/dl or with a package manager (Debian: apt-get install golang-go, of backports), so that go is on PATH.";

/** A Go that is new enough for Ollama 0.34, which wants 1.26. */
export async function findGo(signal?: AbortSignal): Promise<string> {
  const seen: string[] = [];
  for (const go of programsOnPath("go")) {
    const { output } = await run(go, ["version"], {
      signal,
      timeoutMs: 20_000,
      env: { ...process.env, GOTOOLCHAIN: "local" },
    });
    const [, major, minor] = /go version go(\d+)\.(\d+)/.exec(output) ?? [];
    if (Number(major) > 1 || (major === "1" && Number(minor) >= 26)) return go;
    seen.push(`${go} is ${output.trim()}`);
  }
  throw new Unavailable("Go 1.26 or newer, to build Ollama with", [HINT, ...seen].join(" "));
}
