import type { Reporter, TestCase, TestResult } from "@playwright/test/reporter";

/** Prints what the journeys measured, and why one could not. */
export default class implements Reporter {
  onTestEnd(test: TestCase, result: TestResult) {
    const device = test.parent.project()!.name.padEnd(8);
    console.log(`\n${device} ${test.title}`);
    for (const { type, description } of result.annotations) console.log(`  ${type.padEnd(34)} ${description ?? ""}`);
    for (const error of result.errors) console.log(error.message);
  }
}
