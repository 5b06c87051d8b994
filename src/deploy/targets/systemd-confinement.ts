import { isLoopback } from "../../core/listening-address.ts";
import { settingText } from "./systemd-text.ts";
import { devicesOf, gpusOfMachine } from "./target-devices.ts";
import type { TargetSource } from "./target-facts.ts";
import { commentText } from "./yaml-text.ts";

const privateNetworks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10"];

/** What a unit may reach, write to and use, in systemd's words: callers, one folder, and its GPUs. */
export function systemdConfinement({ plan, planned, options, name }: TargetSource, folder: string): readonly string[] {
  const devices = devicesOf(plan, options.devices);
  const clients = options.clients ?? (isLoopback(planned.address) ? [] : privateNetworks);
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
