/** What became of one suite. */
export interface SuiteResult {
  readonly suite: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  /** Why it could not run, or not to its end. Counts as one failure. */
  readonly problem?: string;
}

/** The part of jest's `--json` that is read here. */
export interface JestSummary {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  /** Files that could not even be loaded. */
  readonly numRuntimeErrorTestSuites: number;
}

/** The result of a suite that jest has run, from its summary and its exit code. */
export function resultOf(
  suite: string,
  seconds: number,
  exitCode: number | null,
  summary: JestSummary,
): SuiteResult {
  const counts = {
    suite,
    seconds,
    passed: summary.numPassedTests,
    failed: summary.numFailedTests,
    skipped: summary.numPendingTests + summary.numTodoTests,
  };
  const unloaded = summary.numRuntimeErrorTestSuites;
  if (unloaded > 0) return { ...counts, problem: `${unloaded} of its files could not be loaded` };
  if (exitCode === null) return { ...counts, problem: 'jest had to be ended: a test left something open' };
  if (exitCode !== 0 && counts.failed === 0) return { ...counts, problem: `jest ended with ${exitCode}` };
  return counts;
}

/** The result of a suite that did not run. */
export function notRun(suite: string, problem: string): SuiteResult {
  return { suite, passed: 0, failed: 0, skipped: 0, seconds: 0, problem };
}

/** All suites together: whether that is a success, and the line that says so. */
export function verdict(
  results: readonly SuiteResult[],
  skippingFails: boolean,
): { readonly success: boolean; readonly line: string } {
  const sum = (count: (result: SuiteResult) => number): number =>
    results.reduce((total, result) => total + count(result), 0);
  const passed = sum((result) => result.passed);
  const failed = sum((result) => result.failed + (result.problem === undefined ? 0 : 1));
  const skipped = sum((result) => result.skipped);
  const ran = passed + failed > 0;
  return {
    success: ran && failed === 0 && !(skippingFails && skipped > 0),
    line: `${passed} passed, ${failed} failed, ${skipped} skipped`,
  };
}

/** One line for each suite, in columns. */
export function table(results: readonly SuiteResult[]): string {
  const rows = results.map((result) => [
    result.suite,
    String(result.passed),
    String(result.failed),
    String(result.skipped),
    result.seconds.toFixed(1),
    result.problem === undefined ? '' : `  ${result.problem}`,
  ]);
  const lines = [['suite', 'passed', 'failed', 'skipped', 'seconds', ''], ...rows];
  return lines.map(([suite = '', ...cells]) => suite.padEnd(14) + cells.map(inColumn).join('')).join('\n');
}

const inColumn = (cell: string, index: number): string => (index === 4 ? cell : cell.padStart(9));
