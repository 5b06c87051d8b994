import type { ContainerSource } from "./target-facts.ts";
import type { TargetFile } from "./target-value.ts";
import { noted, type YamlValue } from "./yaml-text.ts";

/** Where the port is published: as asked, else where the plan listens; nothing where only containers are to reach it. */
export function publishedAt({
  planned: { address, port },
  options: { publish },
}: ContainerSource): { readonly address: string; readonly port: number } | undefined {
  if (publish === false) return undefined;
  return { address: publish?.address ?? address, port: publish?.port ?? port };
}

/**
 * The one container with a port: a network from which nothing leaves publishes none either, so HAProxy stands in both networks
 * and passes bytes on to the one address in its file. It holds no model and sees no more than what passes.
 */
export function gatewayService(source: ContainerSource): YamlValue | undefined {
  const published = publishedAt(source);
  if (!published) return undefined;
  const { planned, options } = source;
  return {
    image: options.gatewayImage ?? "docker.io/library/haproxy:3.2-alpine",
    restart: "unless-stopped",
    depends_on: { model: { condition: "service_started" } },
    networks: ["inference", "outside"],
    ports: [
      {
        target: planned.port,
        published: String(published.port),
        host_ip: noted(
          published.address,
          "Docker opens a published port in the machine's firewall: keep to 127.0.0.1 where you can.",
        ),
        protocol: "tcp",
      },
    ],
    volumes: [{ type: "bind", source: "./haproxy.cfg", target: "/usr/local/etc/haproxy/haproxy.cfg", read_only: true }],
    read_only: true,
    cap_drop: ["ALL"],
    security_opt: ["no-new-privileges:true"],
  };
}

/** What the gateway passes on, byte by byte: nothing is buffered, so streams come as they are sent. */
export function gatewayFile({ planned: { port }, graceSeconds }: ContainerSource): TargetFile {
  const lines = [
    "# Passes connections on to the model's server, and knows no other address.",
    "global",
    "  log stdout format raw local0",
    "  maxconn 4096",
    `  hard-stop-after ${graceSeconds}s`,
    "defaults",
    "  mode tcp",
    "  log global",
    "  timeout connect 5s",
    "  # A prompt may be read for long before the first byte comes.",
    "  timeout client 1h",
    "  timeout server 1h",
    "resolvers docker",
    "  nameserver docker 127.0.0.11:53",
    "  hold valid 5s",
    "frontend published",
    `  bind :${port}`,
    "  default_backend model",
    "backend model",
    `  server model model:${port} resolvers docker init-addr none`,
  ];
  return { path: "haproxy.cfg", text: `${lines.join("\n")}\n` };
}
