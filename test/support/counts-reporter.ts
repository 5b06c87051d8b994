import type { ProvidedContext } from "vitest";
import type { Reporter, TestModule, TestRunEndReason } from "vitest/node";

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
      const { llamacpp }: Partial<ProvidedContext> = module.project.getProvidedContext();
      if (llamacpp !== undefined && "unavailable" in llamacpp) {
        notTested.add(`not tested: llama-server: ${llamacpp.unavailable}`);
        continue;
      }
      for (const test of tests) {
        const result = test.result();
        if (result.state === "skipped" && result.note) notTested.add(`not tested: ${test.fullName}: ${result.note}`);
      }
    }
    const found = count.failed + count.pending + errors.length;
    const failed = found === 0 && reason === "failed" ? 1 : found;
    const counts = `${count.passed} passed, ${failed} failed, ${count.skipped} skipped`;
    // The default reporter's summary comes after this method.
    process.once("exit", () => process.stdout.write([...notTested, counts, ""].join("\n")));
  }
}
