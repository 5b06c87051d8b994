import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import { formatVerification, plannedURL, readPlan, verify, type Verification } from "../deploy.ts";
import { InhouseError, isInhouseError } from "../index.ts";
import type { Command } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import { watched } from "./watched.ts";
import { usualPlanFile, writeWhole } from "./written-file.ts";

const help = `inhouse verify [PLAN.json] [URL] [options]

Proves that the server that runs is the one that was planned: engine, model name, files, quantization, context, sequences,
KV cache, layers on GPUs, chat template, where it listens, its privacy settings, that it reads prompts whole, and how fast it is.
Each line is pass, fail or unknown, with where that was seen. Nothing is changed.

PLAN.json is what inhouse deploy kept, or inhouse plan MODEL --json wrote. Default: ${usualPlanFile}
URL is the server. Default: the address and port of the plan.

  --check-integrity       read the plan's pinned files from beginning to end, for their SHA-256
  --local-only            watch that the server's processes have no connection beyond this machine
  --pid PID               the server's process. Default: what listens at the URL's port on this machine
  --log FILE              what the server wrote: some things stand nowhere else
  --model NAME            by what name to ask for the model. Default: the plan's
  --save REPORT.json      keep the report
  --previous REPORT.json  fail where something is not as it was in an earlier report
  --json                  the report as JSON
  --help

A server's key is taken from the environment, as connect() takes it: LLAMA_API_KEY, VLLM_API_KEY, OLLAMA_API_KEY.

It ends with 0 where nothing fails, 1 where something does or nobody answers, 2 where the plan or the options are wrong.

Examples
  inhouse verify
  inhouse verify plan.json
  inhouse verify plan.json http://127.0.0.1:8080 --check-integrity --local-only
  inhouse verify plan.json --save report.json
  inhouse verify plan.json --previous report.json --json
`;

/** `inhouse verify`: whether what runs is what was planned. */
export const verifyCommand: Command = {
  summary: "prove that the server that runs is the one that was planned",
  help,
  async run(args, context) {
    const { env, out } = context;
    const { plan: file, url, values } = readArguments(args);
    const plan = await readPlan(file).catch(missingPlan(file));
    const { previous, log, pid, model } = values;
    const options = {
      env,
      checkIntegrity: values["check-integrity"] ?? false,
      localOnly: values["local-only"] ?? false,
      ...(pid === undefined ? {} : { pid: processOf(pid) }),
      ...(log === undefined ? {} : { log: await readFile(log, "utf8").catch(unreadable(log)) }),
      ...(model === undefined ? {} : { model }),
      ...(previous === undefined ? {} : { previous: await earlierReport(previous) }),
    };
    const report = await watched(values.json ?? false, context, (watching) =>
      verify(plan, url ?? plannedURL(plan), { ...options, ...watching }),
    );
    const json = `${JSON.stringify(report, null, 2)}\n`;
    if (values.save !== undefined) await writeWhole(values.save, json);
    out(values.json ? json : formatVerification(report));
    return report.passed ? exitCodes.ok : exitCodes.failed;
  },
};

const word = { type: "string" } as const;
const flag = { type: "boolean" } as const;

function readArguments(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      "check-integrity": flag,
      "local-only": flag,
      pid: word,
      log: word,
      model: word,
      save: word,
      previous: word,
      json: flag,
    },
  });
  const isURL = /^https?:\/\//.test(positionals[0] ?? "");
  const [plan = usualPlanFile, url, ...rest] = isURL ? [usualPlanFile, ...positionals] : positionals;
  if (rest.length > 0) {
    throw new InhouseError("invalid-request", "A plan and one URL are all that is taken.", {
      hint: "inhouse verify PLAN.json http://127.0.0.1:8000",
    });
  }
  return { plan, url, values };
}

function processOf(text: string): number {
  const pid = Number(text);
  if (Number.isInteger(pid) && pid > 0) return pid;
  throw new InhouseError("invalid-request", `--pid: "${text}" is not the number of a process.`);
}

async function earlierReport(file: string): Promise<Verification> {
  const text = await readFile(file, "utf8").catch(unreadable(file));
  try {
    const report = JSON.parse(text) as Partial<Verification> | null;
    const isOne = report?.lines?.every((line) => typeof line.name === "string" && typeof line.verdict === "string");
    if (isOne && typeof report?.at === "string" && typeof report.url === "string") return report as Verification;
  } catch {
    // The same is said of what is no JSON.
  }
  throw new InhouseError("invalid-request", `${file} is no report of inhouse verify.`, {
    hint: "Keep one with --save.",
  });
}

/** Nobody named it, so the way to have one is said. */
const missingPlan =
  (file: string) =>
  (error: unknown): never => {
    if (file !== usualPlanFile || !isInhouseError(error) || error.code !== "not-found") throw error;
    throw new InhouseError("invalid-request", `No plan is named, and there is no ${usualPlanFile} here.`, {
      hint: "inhouse deploy keeps one; or name the one that inhouse plan MODEL --json wrote.",
      cause: error,
    });
  };

const unreadable =
  (file: string) =>
  (cause: unknown): never => {
    throw new InhouseError("not-found", `${file} could not be read.`, { hint: "Check the path.", cause });
  };
