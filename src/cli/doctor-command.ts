import { parseArgs } from "node:util";

import { host, type Host } from "../deploy.ts";
import { bytesText } from "../deploy/plan/plan-words.ts";
import { textTable } from "../deploy/plan/text-table.ts";
import type { Command } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import { foundPrograms, type FoundProgram } from "./programs.ts";
import { askServer, usualAddresses, type AskedServer } from "./servers.ts";

const help = `inhouse doctor [URL ...] [options]

Says what this machine has for serving models: processor, memory, GPUs, the programs on PATH, and which servers answer. Nothing
is changed.

URL is a server to ask instead of those at the usual addresses of this machine.

  --json   as JSON
  --help

It ends with 0 where all is well, 1 where a server that was named does not answer or a machine's tool fails, 2 where the options
are wrong.

Examples
  inhouse doctor
  inhouse doctor http://gpu-1:8000 http://gpu-2:8000
  inhouse doctor --json
`;

/** What `inhouse doctor` found out. */
interface Findings {
  readonly node: string;
  readonly host: Host;
  readonly programs: readonly FoundProgram[];
  readonly servers: readonly AskedServer[];
  /** What is wrong. */
  readonly problems: readonly string[];
  /** What could be done next. */
  readonly advice: readonly string[];
}

/** `inhouse doctor`: what a machine has, and which servers answer. */
export const doctorCommand: Command = {
  summary: "what this machine has for serving models, and which servers answer",
  help,
  async run(args, { env, out }) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: "boolean" } },
    });
    const urls = positionals.length > 0 ? positionals : usualAddresses;
    const [machine, programs, servers] = await Promise.all([
      host(),
      foundPrograms(env["PATH"]),
      Promise.all(urls.map((url) => askServer(url, env))),
    ]);
    const named = positionals.length > 0;
    const problems = [
      ...machine.notes,
      ...servers.flatMap(({ url, problem, hint }) =>
        named && problem !== undefined ? [`${url}: ${problem} ${hint}`] : [],
      ),
    ];
    const findings: Findings = {
      node: process.version,
      host: machine,
      programs,
      servers: named ? servers : servers.filter(({ title }) => title !== undefined),
      problems,
      advice: adviceOf(machine, programs),
    };
    out(values.json ? `${JSON.stringify(findings, null, 2)}\n` : formatted(findings));
    return problems.length > 0 ? exitCodes.failed : exitCodes.ok;
  },
};

function adviceOf({ gpus, freeDiskBytes }: Host, programs: readonly FoundProgram[]): readonly string[] {
  const has = (name: string): boolean =>
    programs.some((program) => program.name === name && program.path !== undefined);
  const isLow = freeDiskBytes !== undefined && freeDiskBytes < 20 * 1_073_741_824;
  return [
    ...(has("vllm") || has("llama-server") || has("ollama")
      ? []
      : ["No model server is installed: vLLM (pip install vllm) for GPUs, llama-server or Ollama for anything."]),
    ...(gpus.length === 0 && (has("nvidia-smi") || has("rocm-smi"))
      ? ["The GPU's tool is there and tells of no GPU: is the driver loaded, and is the GPU passed to this container?"]
      : []),
    ...(isLow ? [`${bytesText(freeDiskBytes)} are free on this disk: most models are larger than 5 GiB.`] : []),
    "inhouse plan MODEL says what fits on this machine.",
  ];
}

function formatted({ node, host: machine, programs, servers, problems, advice }: Findings): string {
  const { processor, memoryBytes, availableMemoryBytes, freeDiskBytes } = machine;
  const size = (bytes: number | undefined): string => (bytes === undefined ? "not known" : bytesText(bytes));
  const head = [
    ["Node", node],
    ["processor", `${processor.name ?? "not known"}, ${processor.cores ?? "?"} cores`],
    ["it can", processor.features.join(" ") || "not known"],
    ["memory", `${size(memoryBytes)}, ${size(availableMemoryBytes)} free`],
    ["free disk", size(freeDiskBytes)],
    ...(machine.gpus.length === 0
      ? [["GPUs", "none found"]]
      : machine.gpus.map(({ name, memoryBytes: all, freeMemoryBytes, architecture }, index) => [
          `GPU ${index}`,
          `${name}, ${size(all)}, ${size(freeMemoryBytes)} free, ${architecture === undefined ? "compute capability not known" : `compute capability ${architecture}`}`,
        ])),
  ];
  const found = programs.map(({ name, path, use }) => [`  ${name}`, path ?? "not on PATH", use]);
  const answering = servers.map(({ url, title, version, models = [], problem }) => [
    `  ${url}`,
    title === undefined ? "no answer" : `${title}${version === undefined ? "" : ` ${version}`}`,
    problem === undefined
      ? models
          .map(({ id, contextLength }) => (contextLength === undefined ? id : `${id} (${contextLength} tokens)`))
          .join(", ") || "no models yet"
      : "",
  ]);
  const list = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length > 0 ? [`${title}\n${lines.map((line) => `  - ${line}`).join("\n")}`] : [];
  const sections = [
    textTable(head),
    `Programs\n${textTable(found)}`,
    `Servers\n${answering.length > 0 ? textTable(answering) : "  none answers at the usual addresses"}`,
    ...list("Problems", problems),
    ...list("Next", advice),
  ];
  return `${sections.join("\n\n")}\n`;
}
