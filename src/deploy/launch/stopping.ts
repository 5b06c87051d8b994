import type { ServerExit } from "./launched-server.ts";
import type { LeashedProcess } from "./leashed-process.ts";

/** The two ways to end a process: it is asked as often as there are graces, and then killed, or killed at once. */
export function stopping(
  child: LeashedProcess,
  ended: Promise<ServerExit>,
  gracesMs: readonly number[],
): { stop(): Promise<void>; kill(): Promise<void> } {
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  const ask = async (): Promise<void> => {
    for (const grace of gracesMs) {
      child.kill("SIGTERM");
      if (await endsWithin(child, grace)) return void (await ended);
    }
    await kill();
  };
  let asking: Promise<void> | undefined;
  return {
    stop: () => (asking ??= hasEnded() ? ended.then(() => undefined) : ask()),
    kill,
  };
}

/** Whether the process itself ends in time; the rest of its group may take longer. */
export function endsWithin(child: LeashedProcess, graceMs: number): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(true);
  return new Promise((resolve) => {
    const answer = (inTime: boolean): void => {
      clearTimeout(timer);
      child.removeListener("exit", exited);
      resolve(inTime);
    };
    const exited = (): void => answer(true);
    const timer = setTimeout(() => answer(false), graceMs);
    child.once("exit", exited);
  });
}
