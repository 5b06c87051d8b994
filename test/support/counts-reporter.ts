import { stripVTControlCharacters } from "node:util";

import type { ProvidedContext, SerializedError } from "vitest";
import type { Reporter, TestModule, TestRunEndReason } from "vitest/node";

/** Whether a note only repeats why a server is not there. */
function tells(provided: Partial<ProvidedContext>, note: string): boolean {
  return Object.values(provided).some((server) => "unavailable" in server && server.unavailable === note);
}

/** `failed: FILE: TEST: the first line of why`. */
function failure(module: TestModule, name: string, errors: readonly { readonly message: string }[]): string {
  const why = errors[0]?.message.split("\n", 1)[0] ?? "";
  return stripVTControlCharacters(`failed: ${module.relativeModuleId}: ${name}: ${why}`);
}

/**
 * Ends a run with one plain line, `N passed, N failed, N skipped`, and says before it what was not tested and why, what passed
 * at a second try alone, and what failed, once more: these lines are found where only the end of a long output is kept.
 */
export default class CountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[], reason: TestRunEndReason): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    const notTested = new Set<string>();
    const flaky: string[] = [];
    const failures: string[] = [];
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      for (const test of tests) {
        const { state, errors: reasons = [] } = test.result();
        count[state] += 1;
        if (state === "failed") failures.push(failure(module, test.fullName, reasons));
        else if (test.diagnostic()?.flaky) flaky.push(`flaky: ${module.relativeModuleId}: ${test.fullName}`);
      }
      const loaded = module.state() !== "failed" || tests.some((test) => test.result().state === "failed");
      if (!loaded) {
        count.failed += 1;
        failures.push(failure(module, "the file itself", module.errors()));
      }
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
    for (const { message } of errors) failures.push(`failed: outside of tests: ${message.split("\n", 1)[0]}`);
    const found = count.failed + count.pending + errors.length;
    const failed = found === 0 && reason === "failed" ? 1 : found;
    const counts = `${count.passed} passed, ${failed} failed, ${count.skipped} skipped`;
    // The default reporter's summary comes after this method.
    process.once("exit", () => process.stdout.write([...notTested, ...flaky, ...failures, counts, ""].join("\n")));
  }
}
