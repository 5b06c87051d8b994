import type { ProvidedContext } from "vitest";
import type { Reporter, TestModule, TestRunEndReason } from "vitest/node";

/** Whether a note only repeats why a server is not there. */
function tells(provided: Partial<ProvidedContext>, note: string): boolean {
  return Object.values(provided).some((server) => "unavailable" in server && server.unavailable === note);
}

/** Ends a run with one plain line, `N passed, N failed, N skipped`, and says before it what was not tested and why. */
export default class CountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[], reason: TestRunEndReason): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    const notTested = new Set<string>();
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      for (const test of tests) count[test.result().state] += 1;
      const loaded = module.state() !== "failed" || tests.some((test) => test.result().state === "failed");
      if (!loaded) count.failed += 1;
      const provided: Partial<ProvidedContext> = module.project.getProvidedContext();
      for (const [name, server] of Object.entries(provided)) {
        if ("unavailable" in server) notTested.add(`not tested: ${name}: ${server.unavailable}`);
      }
      for (const test of tests) {
        const result = test.result();
        if (result.state === "skipped" && result.note && !tells(provided, result.note))
          notTested.add(`not tested: ${test.fullName}: ${result.note}`);
      }
    }
    const found = count.failed + count.pending + errors.length;
    const failed = found === 0 && reason === "failed" ? 1 : found;
    const counts = `${count.passed} passed, ${failed} failed, ${count.skipped} skipped`;
    // The default reporter's summary comes after this method.
    process.once("exit", () => process.stdout.write([...notTested, counts, ""].join("\n")));
  }
}
