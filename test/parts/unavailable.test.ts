import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { freePort, startPostgres, startRedis, startTemporal } from '../../tools/parts/index.ts';
import { findTemporal } from '../../tools/parts/temporal-binary.ts';

const original = { ...process.env };
const { fetch } = globalThis;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bare-machine-'));
  process.env['PATH'] = folder;
  process.env['XDG_CACHE_HOME'] = join(folder, 'cache');
  globalThis.fetch = () => Promise.reject(new Error('no network'));
});
afterEach(() => {
  process.env = { ...original };
  globalThis.fetch = fetch;
  rmSync(folder, { recursive: true, force: true });
});

function command(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
}

test('a machine without Redis is told why, and what helps', async () => {
  await expect(startRedis({ own: true })).rejects.toThrow(
    /^Redis cannot be started: .*apt-get is on PATH\n {2}What helps: sudo apt-get install redis-server/,
  );
});

test('a machine without Temporal, a network and Go is told so, and what helps', async () => {
  await expect(startTemporal({ own: true })).rejects.toThrow(
    /^Temporal cannot be started: it is not on PATH, the download failed \(no network\), .*no Go on PATH\n {2}What helps: curl/,
  );
});

test('two that need Temporal at once build it once', async () => {
  command('go', `echo x >> ${folder}/builds; while [ "$1" != -o ]; do shift; done; echo '#!/bin/sh' > "$2"`);
  const lines: string[] = [];
  const log = (line: string): void => void lines.push(line);
  const [first, second] = await Promise.all([findTemporal(log), findTemporal(log)]);
  expect(first).toBe(second);
  expect(first).toMatch(/cache\/hestami-librechat\/temporal-[\d.]+\/temporal$/);
  expect(lines.filter((line) => line.includes('building it with Go'))).toHaveLength(1);
});

test('a build that fails says what the compiler said', async () => {
  command('go', 'echo "no space left on device" >&2; exit 1');
  await expect(findTemporal(() => undefined)).rejects.toThrow('no space left on device');
});

test('one that comes from PATH and ends at once is quoted', async () => {
  command('redis-server', 'echo "Fatal: bad CPU"; exit 1');
  await expect(startRedis({ own: true })).rejects.toThrow(
    /It ended at once\. Its last lines:\nFatal: bad CPU/,
  );
});

test.each([
  ['REDIS_URL', (port: number) => `redis://127.0.0.1:${port}`, () => startRedis()],
  ['DATABASE_URL', (port: number) => `postgres://127.0.0.1:${port}/postgres`, () => startPostgres()],
  ['TEMPORAL_ADDRESS', (port: number) => `127.0.0.1:${port}`, () => startTemporal()],
] as const)(
  'where %s names one that does not answer, none is started in its place',
  async (variable, urlOf, start) => {
    process.env[variable] = urlOf(await freePort());
    await expect(start()).rejects.toThrow(`${variable} is set. It did not answer`);
  },
);

test('one that was started elsewhere is used, and is not ours to stop', async () => {
  process.env['REDIS_URL'] = original['HESTAMI_TEST_REDIS_URL'];
  await using redis = await startRedis();
  expect(redis.url).toBe(original['HESTAMI_TEST_REDIS_URL']);
  expect(redis.pid).toBeUndefined();
  await expect(redis.kill()).rejects.toThrow('was not started here');
});
