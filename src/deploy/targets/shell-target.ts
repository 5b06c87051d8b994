import { quoted } from "../../core/command-line.ts";
import { originOf } from "../../core/listening-address.ts";
import type { EngineContainer } from "../engine-container.ts";
import type { Plan } from "../plan/plan-value.ts";
import { hasKey, type TargetSource } from "./target-facts.ts";
import { planNotes } from "./target-notes.ts";
import { readmeFiles, type ReadmeStep } from "./target-readme.ts";
import type { TargetFile } from "./target-value.ts";
import { commentText } from "./yaml-text.ts";

/** A POSIX script that prepares, checks, and becomes the server. */
export function shellFiles(source: TargetSource, container: EngineContainer | undefined): readonly TargetFile[] {
  return [
    { path: "serve.sh", text: script(source, container), mode: 0o755 },
    ...readmeFiles(source.plan, readme(source, container)),
  ];
}

function script({ plan, planned, options }: TargetSource, container: EngineContainer | undefined): string {
  const [program = "", ...others] = plan.command;
  const command = [options.program ?? program, ...others];
  const folder = options.modelsFolder ?? "./models";
  const place = container?.folderVariable(plan);
  const environment = { ...plan.environment, ...container?.offline };
  const afterwards = plan.afterwards ?? [];
  // What comes once the server runs brings the model into it.
  const needed = afterwards.length > 0 ? [] : planned.files;
  const variable = hasKey(container, options) ? container?.keyVariable : undefined;
  return `${[
    "#!/bin/sh",
    commentText([
      ...planNotes(plan),
      "",
      "serve.sh prepare  gets or makes the model's files, once; it asks the world outside",
      "serve.sh          checks, and becomes the server, which asks nobody",
      ...(afterwards.length > 0 ? ["serve.sh finish   what comes once the server runs"] : []),
    ]),
    "set -eu",
    "",
    "fail() {",
    "  printf '%s\\n' \"$1\" >&2",
    "  exit 1",
    "}",
    "",
    commentText(["Relative paths begin where this file is."]),
    'CDPATH="" cd -- "$(dirname -- "$0")"',
    ...(place === undefined ? [] : [`${place}=${quoted(folder)}`, `export ${place}`]),
    "",
    'case "${1:-serve}" in',
    "prepare)",
    ...indented(prepareLines(plan, container, place === undefined ? undefined : folder)),
    "  ;;",
    "serve)",
    ...indented([
      `command -v ${quoted(command[0] ?? "")} >/dev/null || fail ${quoted(`There is no program ${command[0]}: install it, or put it on PATH.`)}`,
      ...needed.map(
        (path) => `[ -e ${quoted(path)} ] || fail ${quoted(`${path} is missing: serve.sh prepare, or put it there.`)}`,
      ),
      ...(place === undefined
        ? []
        : [`[ -d ${quoted(folder)} ] || fail ${quoted(`${folder} is missing: serve.sh prepare fills it.`)}`]),
      ...(variable === undefined ? [] : keyLines(variable)),
      ...exported(environment),
      `exec ${command.map(quoted).join(" ")}`,
    ]),
    "  ;;",
    ...(afterwards.length > 0 ? ["finish)", ...indented([...exported(plan.environment), ...afterwards]), "  ;;"] : []),
    "*) fail 'usage: serve.sh [prepare]' ;;",
    "esac",
  ].join("\n")}\n`;
}

/** A newline within quotes stays what it is: only beginnings of commands are set in. */
const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`);

/** A key in the environment, or in a file beside the script that nobody else may read; never an argument, which others see. */
const keyLines = (variable: string): readonly string[] => [
  `if [ -z "\${${variable}:-}" ] && [ -r ./api-key ]; then ${variable}="$(cat ./api-key)"; fi`,
  `[ -n "\${${variable}:-}" ] || fail ${quoted(`There is no key: openssl rand -hex 32 > api-key; chmod 600 api-key, or set ${variable}.`)}`,
  `export ${variable}`,
];

function prepareLines(
  plan: Plan,
  container: EngineContainer | undefined,
  folder: string | undefined,
): readonly string[] {
  const fill = container?.fill(plan);
  const own = fill?.downloads ? [] : plan.prepare;
  const byHand = own.filter((line) => line.startsWith("#"));
  const lines = [
    ...(folder === undefined ? [] : [`mkdir -p -- ${quoted(folder)}`]),
    ...own,
    ...byHand.map((line) => `fail ${quoted(`By hand: ${line.replace(/^#\s*/, "")}`)}`),
    ...(fill?.downloads && byHand.length === 0 ? fill.script.split("\n") : []),
  ];
  return lines.length > 0 ? lines : [": # the files are there already"];
}

const exported = (environment: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(environment).flatMap(([name, value]) => [`${name}=${quoted(value)}`, `export ${name}`]);

function readme(
  { plan, planned, name, options }: TargetSource,
  container: EngineContainer | undefined,
): Parameters<typeof readmeFiles>[1] {
  const steps: readonly ReadmeStep[] = [
    ...(container?.fill(plan)?.downloads || plan.prepare.length > 0
      ? [{ what: "Get or make the model's files:", lines: ["./serve.sh prepare"] }]
      : []),
    ...(hasKey(container, options)
      ? [{ what: "Make a key:", lines: ["(umask 077; openssl rand -hex 32 > api-key)"] }]
      : []),
    {
      what: "Start it; the script becomes the server, and a signal to it is one to the server:",
      lines: ["./serve.sh"],
    },
    ...(plan.afterwards?.length ? [{ what: "Once it runs, in another terminal:", lines: ["./serve.sh finish"] }] : []),
  ];
  return {
    title: `${name}: ${plan.model.title} by a script`,
    about: ["A script keeps nothing from leaving but by the server's own options: systemd and containers do."],
    steps,
    checks: container
      ? [
          {
            what: "It answers:",
            lines: [`curl --fail ${quoted(`${originOf(planned.address, planned.port)}${container.readyPath}`)}`],
          },
        ]
      : [{ what: "Ask it for its models." }],
  };
}
