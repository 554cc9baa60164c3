import { expect, test } from '@jest/globals';
import type { NativeConnection } from '@temporalio/worker';
import { pino } from 'pino';
import { warnOfShortRetention } from '../../workers/retention.ts';

/** What is logged where Temporal describes the namespace so, or fails to. */
async function logged(describeNamespace: () => Promise<unknown>): Promise<readonly string[]> {
  const lines: string[] = [];
  const connection = {
    withDeadline: (_deadline: number, call: () => Promise<unknown>) => call(),
    workflowService: { describeNamespace },
  } as unknown as NativeConnection;
  const logger = pino({ base: {} }, { write: (line: string) => lines.push(line) });
  await warnOfShortRetention(connection, 'users', logger);
  return lines;
}

const keptFor = (days: number) => async () => ({
  config: { workflowExecutionRetentionTtl: { seconds: days * 86_400 } },
});

test.each([
  [3, true],
  [7.99, true],
  [8, false],
  [30, false],
])('a namespace that keeps closed runs for %s days: a warning is %s', async (days, warned) => {
  const lines = await logged(keptFor(days));
  expect(lines.map((line) => (JSON.parse(line) as { level: number }).level)).toEqual(warned ? [40] : []);
});

test('the warning names the span, what suffers, and what to type', async () => {
  const [line = ''] = await logged(keptFor(3));
  expect(line).toContain('namespace users for 72 hours only');
  expect(line).toContain('temporal operator namespace update --namespace users --retention 10d');
  expect(line).toContain('tcld namespace retention set --namespace users --retention-days 10');
});

test('a worker that may not describe the namespace says so, and goes on', async () => {
  const lines = await logged(() => Promise.reject(new Error('PERMISSION_DENIED')));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('"level":30');
});
