import { quoted } from "../../core/command-line.ts";
import { InhouseError } from "../../core/error.ts";
import { originOf } from "../../core/listening-address.ts";
import type { EngineContainer } from "../engine-container.ts";
import { modelsContent, modelsFolderOf } from "./models-place.ts";
import { systemdConfinement } from "./systemd-confinement.ts";
import { argumentText, settingText, specifiers } from "./systemd-text.ts";
import { hasKey, startSecondsOf, type TargetSource } from "./target-facts.ts";
import { planNotes } from "./target-notes.ts";
import { prepareSteps, readmeFiles, type ReadmeStep } from "./target-readme.ts";
import type { TargetFile } from "./target-value.ts";
import { commentText, plainLine } from "./yaml-text.ts";

/** A unit of systemd 249 or newer: a user of its own, and addresses that the kernel lets no packet pass to but those of callers. */
export function systemdFiles(source: TargetSource, container: EngineContainer | undefined): readonly TargetFile[] {
  const { plan, name } = source;
  const folder = modelsFolderOf(source, "/srv/models");
  if (!folder.startsWith("/") || /[\n\r]/.test(folder)) {
    throw new InhouseError("invalid-request", "systemd: the folder of the models is no absolute path on one line.", {
      hint: 'Name it from the root on, { modelsFolder: "/srv/models" }: a unit has no folder that a path could be relative to.',
    });
  }
  return [
    { path: `${name}.service`, text: unit(source, container, folder) },
    ...readmeFiles(plan, readme(source, container, folder)),
  ];
}

function unit(source: TargetSource, container: EngineContainer | undefined, folder: string): string {
  const { plan, name, graceSeconds, options } = source;
  const [program = "", ...others] = plan.command;
  const place = container?.folderVariable(plan);
  const environment = {
    HOME: `/var/cache/${name}`,
    XDG_CACHE_HOME: `/var/cache/${name}`,
    ...plan.environment,
    ...container?.offline,
    ...(place === undefined ? {} : { [place]: folder }),
  };
  const seconds = startSecondsOf(plan, container?.startSeconds ?? 600);
  const keyed = hasKey(container, options);
  const lines = [
    "[Unit]",
    `Description=${specifiers(plainLine(plan.model.title))}`,
    "Wants=network-online.target",
    "After=network-online.target",
    "",
    "[Service]",
    "Type=exec",
    `ExecStart=${[options.program ?? program, ...others].map(argumentText).join(" ")}`,
    ...readiness(source, container),
    `WorkingDirectory=${specifiers(folder)}`,
    ...Object.entries(environment).map(([variable, value]) => `Environment=${settingText(`${variable}=${value}`)}`),
    ...(keyed
      ? [commentText([`Of root alone: ${container?.keyVariable}=…`]), `EnvironmentFile=/etc/inhouse/${name}.env`]
      : []),
    "Restart=on-failure",
    "RestartSec=5",
    commentText(["A start that fails at once, five times, is given up."]),
    commentText([`Loading may take ${seconds / 60} minutes from a slow disk.`]),
    `TimeoutStartSec=${seconds}`,
    `TimeoutStopSec=${graceSeconds}`,
    "KillMode=mixed",
    "LimitMEMLOCK=infinity",
    "LimitNOFILE=65536",
    "",
    ...systemdConfinement(source, folder),
    "",
    "[Install]",
    "WantedBy=multi-user.target",
  ];
  return `${commentText(planNotes(plan))}\n${lines.join("\n")}\n`;
}

/** The unit counts as started when the server answers: what comes after it finds it ready. */
function readiness({ planned }: TargetSource, container: EngineContainer | undefined): readonly string[] {
  if (!container) return [];
  const url = `${originOf(planned.address, planned.port)}${container.readyPath}`;
  const wait = `until curl --fail --silent --output /dev/null --max-time 5 ${quoted(url)}; do kill -0 "$MAINPID" || exit 1; sleep 2; done`;
  return [`ExecStartPost=${["/bin/sh", "-c", wait].map(argumentText).join(" ")}`];
}

function readme(
  source: TargetSource,
  container: EngineContainer | undefined,
  folder: string,
): Parameters<typeof readmeFiles>[1] {
  const { plan, name, options } = source;
  const fill = container?.fill(plan);
  const place = container?.folderVariable(plan);
  const models = quoted(folder);
  const steps: readonly ReadmeStep[] = [
    ...(fill?.downloads ? [] : prepareSteps(plan)),
    {
      what: `Make the folder of the models, which the unit's user must be able to read. It holds ${modelsContent(source, fill?.makesStore ?? false)}:`,
      lines: [`sudo mkdir -p ${models}`],
    },
    ...(fill
      ? [
          {
            what: "Fill it, before the unit runs, which reaches nothing. `sh -e` as a user that may write to it:",
            lines: [`export ${place ?? "HF_HUB_CACHE"}=${models}`, ...fill.script.replaceAll("$1", ".").split("\n")],
          },
        ]
      : []),
    ...(hasKey(container, options)
      ? [
          {
            what: "Make a key, which stands in no other file:",
            lines: [
              "sudo mkdir -m 700 -p /etc/inhouse",
              `printf '${container?.keyVariable}=%s\\n' "$(openssl rand -hex 32)" | sudo install -m 600 /dev/stdin /etc/inhouse/${name}.env`,
            ],
          },
        ]
      : []),
    {
      what: `Look whether ${plan.command[0]} is where systemd finds it (/usr/local/bin, /usr/bin); else write its whole path into ExecStart.`,
    },
    {
      what: "Install and start it; the command returns when the server answers:",
      lines: [
        `sudo install -m 644 ${name}.service /etc/systemd/system/`,
        "sudo systemctl daemon-reload",
        `sudo systemctl enable --now ${name}`,
      ],
    },
  ];
  return {
    title: `${name}: ${plan.model.title} under systemd`,
    about: [
      "A unit with a user of its own, whose packets the kernel lets pass to named addresses only, and which writes to one folder.",
    ],
    steps,
    checks: [
      { what: "It runs:", lines: [`systemctl status ${name}`, `journalctl --unit ${name} --lines 50`] },
      {
        what: "Its confinement, in systemd's own words:",
        lines: [
          `systemd-analyze security ${name}`,
          `systemctl show --property IPAddressDeny,IPAddressAllow,ReadWritePaths ${name}`,
        ],
      },
    ],
  };
}
