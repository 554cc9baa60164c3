import { expect, test } from '@jest/globals';
import { spawnManaged, waitUntil, type ManagedProcess } from '../../tools/parts/index.ts';
import { stillRunning, withDescendants } from './processes.ts';

const node = (script: string): Promise<ManagedProcess> => spawnManaged(process.execPath, ['-e', script]);
const STAY = 'setInterval(() => {}, 1e6);';

test('a command that does not exist is an error at once', async () => {
  await expect(spawnManaged('no-such-command', [])).rejects.toThrow('ENOENT');
});

test('its exit code and all that it printed are known when it has ended', async () => {
  await using managed = await node('console.log("out"); console.error("err"); process.exitCode = 3');
  expect(await managed.exited).toEqual({ code: 3, signal: null });
  expect([...managed.lastLines()].sort()).toEqual(['err', 'out']);
  expect(managed.running).toBe(false);
});

test('a line can be waited for before and after it was printed', async () => {
  await using managed = await node(`console.log("port 80"); ${STAY}`);
  expect(await managed.waitForLine(/port \d+/)).toBe('port 80');
  expect(await managed.waitForLine(/port \d+/)).toBe('port 80');
});

test('waiting for a line fails when the process ends, with its last words', async () => {
  await using managed = await node('console.log("no room left")');
  await expect(managed.waitForLine(/ready/)).rejects.toThrow(/before the process ended.*no room left/s);
});

test('stopping asks politely', async () => {
  await using managed = await node(
    `process.on("SIGTERM", () => process.exit(7)); console.log("ready"); ${STAY}`,
  );
  await managed.waitForLine(/ready/);
  expect(await managed.stop()).toEqual({ code: 7, signal: null });
});

test('stopping kills what does not listen', async () => {
  const script = `process.on("SIGTERM", () => {}); console.log("ready"); ${STAY}`;
  await using managed = await spawnManaged(process.execPath, ['-e', script], { graceMs: 100 });
  await managed.waitForLine(/ready/);
  expect(await managed.stop()).toEqual({ code: null, signal: 'SIGKILL' });
});

test('a process that hangs can be stopped all the same', async () => {
  const script = `process.on("SIGTERM", () => process.exit()); console.log("ready"); ${STAY}`;
  await using managed = await spawnManaged(process.execPath, ['-e', script], { graceMs: 100 });
  await managed.waitForLine(/ready/);
  managed.signal('SIGSTOP');
  expect(await managed.stop()).toEqual({ code: null, signal: 'SIGKILL' });
});

test('what it has started ends with it', async () => {
  await using managed = await spawnManaged('sh', ['-c', 'sleep 1000 & echo ready; wait']);
  await managed.waitForLine(/ready/);
  const pids = withDescendants(managed.pid);
  expect(pids).toHaveLength(2);
  await managed.kill();
  await waitUntil('The end of both', () => stillRunning(pids).length === 0, 10_000);
});

test('it does not outlive its supervisor', async () => {
  await using managed = await node(`console.log(process.ppid); ${STAY}`);
  const supervisor = Number(await managed.waitForLine(/\d+/));
  process.kill(supervisor, 'SIGKILL');
  expect(await managed.exited).toEqual({ code: null, signal: null });
  await waitUntil('Its end', () => stillRunning([managed.pid]).length === 0, 10_000);
});

test('its environment is ours, changed', async () => {
  const env = { ADDED: 'yes', PATH: undefined };
  const script = 'console.log(process.env.ADDED, process.env.PATH, process.env.HOME)';
  await using managed = await spawnManaged(process.execPath, ['-e', script], { env });
  expect(await managed.waitForLine(/yes/)).toBe(`yes undefined ${process.env['HOME']}`);
});
