import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BridgeError } from '../../contract/errors.ts';
import { audited, openAuditTrail, type AuditResult } from '../../workers/cli/audit-trail.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hestami-audit-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const ACTION = { action: 'rotate', djangoUserId: '42' };
const AUTHOR = { by: 'ada', why: 'ticket 7' };

/** Audits one piece of work; the lines, as the given environment has them. */
async function audit(
  work: () => Promise<string>,
  { file, environment = {} }: { file?: string; environment?: Record<string, string> } = {},
): Promise<string[]> {
  const notes: string[] = [];
  await using trail = await openAuditTrail({ environment, note: (line) => notes.push(line) }, AUTHOR, file);
  await audited(trail, ACTION, work, (result): AuditResult => ({ result })).catch(() => undefined);
  return notes;
}
const parsed = (lines: readonly string[]): unknown[] => lines.map((line) => JSON.parse(line) as unknown);
const entry = (result: string) => ({
  at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
  ...AUTHOR,
  ...ACTION,
  result,
});

test('an action leaves a line before and one after, on standard error where no file is named', async () => {
  const notes = await audit(async () => 'rotated', { environment: { AUDIT_FILE: '' } });
  expect(parsed(notes)).toEqual([entry('begun'), entry('rotated')]);
});

test('what an action throws is told as its code, and a defect without its text', async () => {
  const refused = await audit(() => Promise.reject(new BridgeError('UserNotFound')));
  expect(parsed(refused)).toEqual([entry('begun'), entry('UserNotFound')]);
  const defect = await audit(() => Promise.reject(new Error('postgres://operator:hunter2@db')));
  expect(parsed(defect)).toEqual([entry('begun'), entry('failed')]);
});

test('lines are appended, for the owner only; a named file goes before AUDIT_FILE', async () => {
  const [one, other] = [join(folder, 'one.jsonl'), join(folder, 'other.jsonl')];
  const environment = { AUDIT_FILE: one };
  expect(await audit(async () => 'first', { environment })).toEqual([]);
  expect(await audit(async () => 'second', { environment })).toEqual([]);
  await audit(async () => 'third', { environment, file: other });
  const lines = (await readFile(one, 'utf8')).trim().split('\n');
  expect(parsed(lines)).toEqual([entry('begun'), entry('first'), entry('begun'), entry('second')]);
  expect(await readFile(other, 'utf8')).toContain('"third"');
  expect((await stat(one)).mode & 0o777).toBe(0o600);
});

test('what cannot be recorded is not done', async () => {
  await expect(
    openAuditTrail(
      { environment: { AUDIT_FILE: join(folder, 'none', 'x') }, note: () => undefined },
      AUTHOR,
      undefined,
    ),
  ).rejects.toMatchObject({ code: 'ConfigurationInvalid' });
  let done = false;
  const full = { record: () => Promise.reject(new BridgeError('ConfigurationInvalid')) };
  const trail = { ...full, [Symbol.asyncDispose]: async () => undefined };
  const work = async (): Promise<boolean> => (done = true);
  await expect(audited(trail, ACTION, work, () => ({ result: 'done' }))).rejects.toMatchObject({
    code: 'ConfigurationInvalid',
  });
  expect(done).toBe(false);
});
