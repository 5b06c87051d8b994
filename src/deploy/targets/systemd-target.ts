import { InhouseError } from "../../core/error.ts";
import type { EngineContainer } from "../engine-container.ts";
import { quoted } from "../plan/plan-words.ts";
import { modelsContent, modelsFolderOf } from "./models-place.ts";
import { devicesOf, gpusOfMachine } from "./target-devices.ts";
import { hasKey, startSecondsOf, type TargetSource } from "./target-facts.ts";
import { planNotes } from "./target-notes.ts";
import { prepareSteps, readmeFiles, type ReadmeStep } from "./target-readme.ts";
import type { TargetFile } from "./target-value.ts";
import { commentText, plainLine } from "./yaml-text.ts";

const privateNetworks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10"];

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
    ...readiness(plan, container),
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
    ...confinement(source, container, folder),
    "",
    "[Install]",
    "WantedBy=multi-user.target",
  ];
  return `${commentText(planNotes(plan))}\n${lines.join("\n")}\n`;
}

/** The unit counts as started when the server answers: what comes after it finds it ready. */
function readiness(plan: TargetSource["plan"], container: EngineContainer | undefined): readonly string[] {
  if (!container) return [];
  const { address, port } = container.listens(plan);
  const host = /^(0\.0\.0\.0|::|\[::\])$/.test(address) ? "127.0.0.1" : address;
  const url = `http://${host}:${port}${container.readyPath}`;
  const wait = `until curl --fail --silent --output /dev/null --max-time 5 ${quoted(url)}; do kill -0 "$MAINPID" || exit 1; sleep 2; done`;
  return [`ExecStartPost=${["/bin/sh", "-c", wait].map(argumentText).join(" ")}`];
}

function confinement(source: TargetSource, container: EngineContainer | undefined, folder: string): readonly string[] {
  const { plan, options, name } = source;
  const devices = devicesOf(plan, options.devices);
  const address = container?.listens(plan).address ?? plan.command[plan.command.indexOf("--host") + 1] ?? "";
  const isLocal = /^(127\.|localhost$|\[?::1\]?$)/.test(address);
  const clients = options.clients ?? (isLocal ? [] : privateNetworks);
  return [
    commentText(["The kernel drops every packet to and from other addresses: nothing leaves, and nobody else calls."]),
    "IPAddressDeny=any",
    `IPAddressAllow=${["localhost", ...clients].join(" ")}`,
    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
    "DynamicUser=yes",
    ...(devices === "amd"
      ? [commentText(["Who may use /dev/kfd and /dev/dri."]), "SupplementaryGroups=video render"]
      : []),
    "NoNewPrivileges=yes",
    "CapabilityBoundingSet=",
    "ProtectSystem=strict",
    "ProtectHome=read-only",
    `CacheDirectory=${name}`,
    commentText(["All that it may write to, beside its own /tmp."]),
    `ReadWritePaths=/var/cache/${name}`,
    `ReadOnlyPaths=${settingText(folder)}`,
    "PrivateTmp=yes",
    ...(gpusOfMachine(plan) === 0
      ? ["PrivateDevices=yes"]
      : [commentText(["Not PrivateDevices: it has to reach the GPUs."])]),
    "ProtectControlGroups=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelTunables=yes",
    "ProtectKernelLogs=yes",
    "ProtectHostname=yes",
    "RestrictNamespaces=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "LockPersonality=yes",
    "UMask=0077",
  ];
}

/** `%` begins a specifier everywhere in a unit. */
const specifiers = (text: string): string => text.replaceAll("%", "%%");

/** A word in quotes, with the escapes of C that systemd reads. */
const settingText = (text: string): string =>
  `"${specifiers(text)
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll(
      /[\u0001-\u001f\u007f]/g,
      (character) => `\\x${(character.codePointAt(0) ?? 0).toString(16).padStart(2, "0")}`,
    )}"`;

/** A word of a command line, where `$` begins a variable too. */
const argumentText = (text: string): string => {
  const escaped = settingText(text.replace(/\$(?!MAINPID\b)/g, "$$$$"));
  return /^"[\w@+=:,./-]+"$/.test(escaped) ? escaped.slice(1, -1) : escaped;
};

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
      what: `Make the folder of the models, which the unit's user must be able to read. It holds ${modelsContent(plan, fill?.makesStore ?? false)}:`,
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
