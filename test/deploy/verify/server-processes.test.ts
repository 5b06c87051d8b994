import { spawn } from "node:child_process";
import { once } from "node:events";

import { describe, expect, onTestFinished, test, vi } from "vitest";

import { listenersAt, listeningPaths, openSockets } from "../../../src/deploy/verify/open-sockets.ts";
import { processWithSocket, serverProcesses } from "../../../src/deploy/verify/server-processes.ts";
import { kernelAddress, procFolder, socketLine } from "../../support/proc-folder.ts";

const none = kernelAddress("0.0.0.0", 0);

describe("the processes of a server", () => {
  test("are its descendants, and its group where it leads one", async () => {
    const proc = procFolder([
      { pid: 10, parent: 1, command: ["vllm", "serve"] },
      { pid: 11, parent: 10, group: 11, command: ["VLLM::EngineCore"] },
      { pid: 12, parent: 11, group: 11, command: ["VLLM::Worker"] },
      { pid: 13, parent: 1, group: 10, command: ["an orphan of the group"] },
      { pid: 20, parent: 1, command: ["another program"] },
    ]);
    const pids = async (pid: number) => (await serverProcesses(pid, proc)).map((process) => process.pid);
    expect(await pids(10)).toEqual([10, 11, 12, 13]);
    // A group that somebody else leads has other programs in it, the caller's shell among them.
    expect(await pids(12)).toEqual([12]);
    expect(await pids(99)).toEqual([]);
  });

  test("are what the kernel tells of them", async () => {
    const proc = procFolder([
      {
        pid: 10,
        command: ["llama-server", "-ctk", "q8_0", "--alias=a=b", "--api-key", ""],
        environment: { LLAMA_ARG_PORT: "1", EMPTY: "" },
        maps: ["/models/a b.gguf", "/models/old.gguf (deleted)"],
        open: ["socket:[77]", "pipe:[5]", "/dev/nvidia0"],
      },
    ]);
    const [server] = await serverProcesses(10, proc);
    expect(server?.arguments).toEqual(["llama-server", "-ctk", "q8_0", "--alias=a=b", "--api-key", ""]);
    expect(server?.option("-ctk", "--cache-type-k")).toBe("q8_0");
    expect(server?.environment).toEqual({ LLAMA_ARG_PORT: "1", EMPTY: "" });
    expect(server?.files).toEqual(["/models/a b.gguf", "/models/old.gguf (deleted)", "/dev/nvidia0"]);
    expect([...(server?.sockets ?? [])]).toEqual([77]);
    expect(server?.unreadable).toEqual([]);
  });

  test("one that ends while it is looked at is left out, and what may not be read is named", async () => {
    const proc = procFolder([
      { pid: 10, command: ["a"], missing: ["environ", "fd", "maps"] },
      { pid: 11, parent: 10, missing: ["cmdline"] },
    ]);
    const found = await serverProcesses(10, proc);
    expect(found.map(({ pid, unreadable }) => [pid, unreadable])).toEqual([[10, ["environ", "fd", "maps"]]]);
  });

  test.runIf(process.platform === "linux")("of this machine are found while others come and go", async () => {
    const child = spawn("/bin/sh", ["-c", "for n in 1 2 3 4 5 6 7 8; do sleep 0.02 & done; echo here; sleep 30"], {
      detached: true,
      stdio: ["ignore", "pipe", "ignore"],
    });
    onTestFinished(() => void process.kill(-(child.pid ?? 0), "SIGKILL"));
    await once(child.stdout, "data");
    for (let look = 0; look < 20; look += 1) {
      const found = await serverProcesses(child.pid ?? 0);
      expect(found[0]?.pid).toBe(child.pid);
    }
    await vi.waitFor(async () => {
      const found = await serverProcesses(child.pid ?? 0);
      expect(found.map(({ arguments: words }) => words.join(" "))).toContain("sleep 30");
    });
  });
});

describe("sockets", () => {
  const table = {
    tcp: [
      socketLine(kernelAddress("127.0.0.1", 8080), none, "0A", 1),
      socketLine(kernelAddress("0.0.0.0", 8081), none, "0A", 2),
      socketLine(kernelAddress("10.0.0.5", 40_000), kernelAddress("93.184.216.34", 443), "01", 3),
      socketLine(kernelAddress("10.0.0.5", 40_001), kernelAddress("93.184.216.34", 443), "02", 4),
      socketLine(kernelAddress("127.0.0.1", 8080), kernelAddress("127.0.0.1", 50_000), "06", 0),
    ],
    tcp6: [
      socketLine("00000000000000000000000001000000:1F92", `${"0".repeat(32)}:0000`, "0A", 5),
      socketLine("0000000000000000FFFF00000100007F:1F93", "0000000000000000FFFF00000200000A:01BB", "01", 6),
      socketLine(`${"0".repeat(32)}:1F94`, `${"0".repeat(32)}:0000`, "0A", 7),
    ],
    udp: [socketLine(kernelAddress("10.0.0.5", 40_002), kernelAddress("10.0.0.1", 53), "01", 8)],
    unix: [
      "0000000000000000: 00000002 00000000 00010000 0001 01     9 /run/server.sock",
      "0000000000000000: 00000003 00000000 00000000 0001 03    10 /run/other.sock",
    ],
  };
  const proc = () =>
    procFolder(
      [
        { pid: 10, open: [1, 2, 3, 4].map((inode) => `socket:[${inode}]`) },
        { pid: 11, parent: 10, open: [5, 6, 8, 9, 10].map((inode) => `socket:[${inode}]`) },
        { pid: 12, open: ["socket:[7]"] },
      ],
      table,
    );

  test("are those of the processes, with both ends", async () => {
    const folder = proc();
    const found = await openSockets(await serverProcesses(10, folder), folder);
    const text = found.map(({ pid, protocol, state, address, port, peer }) =>
      [pid, protocol, state, `${address} ${port}`, peer ? `${peer.address} ${peer.port}` : ""].join("|"),
    );
    expect(text).toEqual([
      "10|tcp|listening|127.0.0.1 8080|",
      "10|tcp|listening|0.0.0.0 8081|",
      "10|tcp|connected|10.0.0.5 40000|93.184.216.34 443",
      "10|tcp|connected|10.0.0.5 40001|93.184.216.34 443",
      "11|tcp|listening|::1 8082|",
      "11|tcp|connected|127.0.0.1 8083|10.0.0.2 443",
      "11|udp|connected|10.0.0.5 40002|10.0.0.1 53",
    ]);
    expect(await listeningPaths(await serverProcesses(10, folder), folder)).toEqual(["/run/server.sock"]);
  });

  test("lead to the process that listens at a port", async () => {
    const folder = proc();
    expect(await processWithSocket(await listenersAt(8082, folder), folder)).toBe(11);
    expect(await processWithSocket(await listenersAt(9999, folder), folder)).toBeUndefined();
  });
});
