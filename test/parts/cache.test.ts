import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { madeOnce } from '../../tools/parts/cache.ts';
import { waitUntil } from '../../tools/parts/index.ts';

let folder: string;
let target: string;
let lines: string[];
const log = (line: string): void => void lines.push(line);
const write = (path: string): Promise<void> => writeFile(path, 'made');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cache-'));
  target = join(folder, 'version', 'thing');
  lines = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('of two that want it at once one makes it, and the other waits and says so', async () => {
  const { promise: mayFinish, resolve: finish } = Promise.withResolvers<void>();
  let made = 0;
  const make = async (path: string): Promise<void> => {
    made++;
    await mayFinish;
    await write(path);
  };
  const both = Promise.all([madeOnce(target, make, log), madeOnce(target, make, log)]);
  await waitUntil('The second waits', () => lines.length > 0, 10_000);
  expect(lines[0]).toContain('waiting');
  expect(existsSync(target)).toBe(false);
  finish();
  await both;
  expect(made).toBe(1);
  expect(readFileSync(target, 'utf8')).toBe('made');
});

test('what is there is not made again', async () => {
  await madeOnce(target, write, log);
  await madeOnce(target, () => Promise.reject(new Error('made again')), log);
  expect(lines).toEqual([]);
});

test('a failure leaves nothing behind, and the next one tries again', async () => {
  const failing = async (path: string): Promise<void> => {
    await writeFile(path, 'half');
    throw new Error('disk full');
  };
  await expect(madeOnce(target, failing, log)).rejects.toThrow('disk full');
  expect(readdirSync(join(folder, 'version'))).toEqual([]);
  await madeOnce(target, write, log);
  expect(readdirSync(join(folder, 'version'))).toEqual(['thing']);
});

test('the lock of a process that has died is taken over', async () => {
  await madeOnce(join(folder, 'version', 'other'), write, log);
  writeFileSync(`${target}.lock`, '');
  const aMinuteAgo = new Date(Date.now() - 60_000);
  utimesSync(`${target}.lock`, aMinuteAgo, aMinuteAgo);
  await madeOnce(target, write, log);
  expect(readFileSync(target, 'utf8')).toBe('made');
});
