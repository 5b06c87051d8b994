import { homedir } from "node:os";
import { join } from "node:path";

import { hasOption, withOption } from "../../core/command-line.ts";
import { originOf } from "../../core/listening-address.ts";
import type { EngineServer, LaunchSettings, NeedsQuestion } from "../../deploy/engine-server.ts";
import type { Plan } from "../../deploy/plan/plan-value.ts";
import type { WorkProgress } from "../../deploy/work-progress.ts";
import { plannedRepository } from "./vllm-planned.ts";

/** How vLLM is started, watched and ended; flags, variables and lines of the log are those of 0.32. */
export const vllmServer: EngineServer = {
  program: "vllm",
  installHint:
    "Install vLLM (pip install vllm, in a virtual environment whose bin folder is on PATH), or name the program: launch(plan, { programs: { vllm: path } }).",
  // Asked, it takes as long as importing all of Python's packages.
  version: { read: (line) => /LLM engine \(v(\d[^)\s]*)\)/.exec(line)?.[1] },
  ownVariables: /^VLLM_/,
  takesKey: true,
  takesAnyPort: false,
  needs,
  launched,
  // It names no port that it was not told, and says this when it has bound it.
  address: (line, { address, port }) =>
    line.includes("Application startup complete") ? originOf(address, port) : undefined,
  readyPath: "/health",
  progress,
  decides: (line) => error.test(line) && !/ValidationError: \d+ validation error/.test(line),
  words: (line) =>
    line.replace(/^\(\w+ pid=\d+\) (?:ERROR [\d-]+ [\d:]+ \[[^\]]+\] )?/, "").replace(/^\s*Value error, /, ""),
  advice,
  // Idle it takes up to three seconds; with a stream open it may hang for as long as the stream.
  gracesMs: [5_000, 2_000],
  // One of its processes removes shared memory of 400 MB when the others have ended.
  lingerSeconds: 5,
};

/** A Python exception, the reason that pydantic gives on the line after its own, and what the command line refuses. */
const error =
  /^(?:\(\w+ pid=\d+\) (?:ERROR .*?\] )?)?(?:[\w.]*(?:Error|Exception): |\s*Value error, )|^vllm: error: |: error: argument /;

/** The place of a repository in the cache of the Hugging Face hub, where nothing may be downloaded. */
function needs(plan: Plan, { offline, env }: NeedsQuestion): readonly string[] {
  const repository = plannedRepository(plan);
  if (repository === undefined || !offline) return [];
  const home = env["HF_HOME"] || join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "huggingface");
  const hub = env["HF_HUB_CACHE"] || join(home, "hub");
  return [join(hub, `models--${repository.replaceAll("/", "--")}`)];
}

/** A name that can never be looked up (RFC 2606): with an empty list every domain would be allowed. */
const noDomain = "none.invalid";

function launched(plan: Plan, settings: LaunchSettings): ReturnType<EngineServer["launched"]> {
  const { port, apiKey, offline, temporaryFolder } = settings;
  const command = withOption(plan.command, "--port", String(port));
  return {
    command: [
      ...command,
      ...(offline && !hasOption(command, "--allowed-media-domains") ? ["--allowed-media-domains", noDomain] : []),
    ],
    environment: {
      ...plan.environment,
      TMPDIR: temporaryFolder,
      VLLM_NO_USAGE_STATS: "1",
      DO_NOT_TRACK: "1",
      HF_HUB_DISABLE_TELEMETRY: "1",
      ...(offline ? { HF_HUB_OFFLINE: "1", TRANSFORMERS_OFFLINE: "1", VLLM_MEDIA_URL_ALLOW_REDIRECTS: "0" } : {}),
      ...(apiKey === undefined ? {} : { VLLM_API_KEY: apiKey }),
    },
  };
}

function progress(line: string): WorkProgress | undefined {
  const [, done, total] = /Loading safetensors checkpoint shards: +\d+% Completed \| (\d+)\/(\d+)/.exec(line) ?? [];
  if (done === undefined) return undefined;
  return { task: "loading weights", done: Number(done), total: Number(total) };
}

function advice(line: string): string | undefined {
  if (/SafetensorError|incomplete metadata|not fully covered|HeaderTooLarge|InvalidHeader/.test(line)) {
    return "A file of the model is cut or damaged: compare sizes and digests with the source's, and fetch it again.";
  }
  if (/LocalEntryNotFound|offline mode|couldn't connect to|Cannot find .* in cache/i.test(line)) {
    return "The model is not in the cache of the Hugging Face hub: run the plan's `prepare` lines first.";
  }
  if (/KV cache|out of memory|free memory/i.test(line)) {
    return "Plan for less context, for smaller weights, or for more of the GPU's memory.";
  }
  return undefined;
}
