import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { waitUntil } from '../../tools/parts/index.ts';
import { stillRunning, withDescendants } from './processes.ts';

const STARTER = fileURLToPath(new URL('starter.ts', import.meta.url));
/** The least: the starter, and for each part a supervisor and the part itself. */
const LEAST_PROCESSES = 7;

interface Started {
  readonly pids: readonly number[];
  readonly ports: readonly string[];
  end(signal: NodeJS.Signals): void;
}

let temporary: string;
const starters: ChildProcess[] = [];
beforeAll(() => {
  temporary = mkdtempSync(join(tmpdir(), 'orphans-'));
  // Where we are root, PostgreSQL runs as somebody else.
  chmodSync(temporary, 0o755);
});
afterEach(() => {
  for (const starter of starters.splice(0)) starter.kill('SIGKILL');
});
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

/** Starts all parts in a process of its own. */
async function start(): Promise<Started> {
  const starter = spawn(process.execPath, [STARTER], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: temporary },
  });
  starters.push(starter);
  for await (const line of createInterface({ input: starter.stdout })) {
    if (!line.startsWith('ready ')) continue;
    const pids = withDescendants(starter.pid ?? 0);
    return { pids, ports: line.split(' ').slice(1), end: (signal) => void starter.kill(signal) };
  }
  throw new Error('The parts did not start');
}

const allGone = ({ pids }: Started): Promise<void> =>
  waitUntil(`The end of ${pids.join(', ')}`, () => stillRunning(pids).length === 0, 20_000);

test.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)(
  'no part outlives a %s of who started it',
  async (signal) => {
    const started = await start();
    expect(started.pids.length).toBeGreaterThanOrEqual(LEAST_PROCESSES);
    started.end(signal);
    await allGone(started);
    expect(readdirSync(temporary)).toEqual([]);
  },
);

test('two that start at once do not get into each other’s way', async () => {
  const both = await Promise.all([start(), start()]);
  const ports = both.flatMap((one) => one.ports);
  expect(ports).toHaveLength(6);
  expect(new Set(ports).size).toBe(6);
  for (const one of both) one.end('SIGKILL');
  await Promise.all(both.map(allGone));
});
