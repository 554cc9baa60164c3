import type { CaseResult, ContractRun } from './run.ts';

const SIGNS = { passed: '✓', failed: '✗', skipped: '–' } as const;
const VERDICTS = ['passed', 'failed', 'skipped'] as const;
const CLAIM_WIDTH = 100;

const count = (results: readonly CaseResult[], verdict: CaseResult['verdict']): number =>
  results.filter((result) => result.verdict === verdict).length;

/** The cases by route, the sums by route, and as the last line `N passed, N failed, N skipped`. */
export function report(run: ContractRun): string {
  const byRoute = Map.groupBy(run.results, ({ route }) => route);
  const lines = [...byRoute].flatMap(([route, results]) => ['', route, ...results.map(caseLine)]);
  lines.push('', ['route', ...VERDICTS].map(cell).join(''));
  for (const [route, results] of byRoute)
    lines.push([route, ...VERDICTS.map((verdict) => String(count(results, verdict)))].map(cell).join(''));
  const made = Object.entries(run.cost).map(([name, number]) => `${number} ${name}`);
  lines.push('', `Made at ${run.url}, at most: ${made.join(', ')}.`);
  if (run.left.length > 0) lines.push(`Not deleted: ${run.left.join(', ')}`);
  return [...lines, summary(run.results)].join('\n');
}

/** `N passed, N failed, N skipped` */
export const summary = (results: readonly CaseResult[]): string =>
  VERDICTS.map((verdict) => `${count(results, verdict)} ${verdict}`).join(', ');

function caseLine({ verdict, claim, ms, reason }: CaseResult): string {
  const line = `  ${SIGNS[verdict]} ${claim.padEnd(CLAIM_WIDTH)} ${String(ms).padStart(6)} ms`;
  if (reason === undefined) return line;
  return `${line}\n${reason
    .split('\n')
    .map((part) => `      ${part}`)
    .join('\n')}`;
}

const cell = (text: string, at: number): string => (at === 0 ? `  ${text.padEnd(24)}` : text.padStart(9));
