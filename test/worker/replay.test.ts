import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { workflows } from '../../workflows/index.ts';
import { bundleFixture } from '../setup/bundle.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const files = globSync('test/histories/**/*.json', { cwd: ROOT });

interface Replay {
  readonly code: number | null;
  readonly output: string;
}

/** Replays all histories with the bundle of the environment. */
function replay(environment: Readonly<Record<string, string>> = {}): Promise<Replay> {
  const { promise, resolve } = Promise.withResolvers<Replay>();
  const script = ['--disable-warning=ExperimentalWarning', 'tools/replay-histories.ts'];
  const options = { cwd: ROOT, env: { ...process.env, ...environment } };
  const child = execFile(process.execPath, script, options, (_error, stdout, stderr) =>
    resolve({ code: child.exitCode, output: stdout + stderr }),
  );
  return promise;
}

test('the workflows take the course of every recorded run', async () => {
  const recorded = new Set(files.map((file) => basename(dirname(file))));
  expect(recorded).toEqual(new Set(Object.keys(workflows)));
  expect(await replay()).toEqual({
    code: 0,
    output: `${files.length} histories replayed, 0 of them differently\n`,
  });
});

test('a changed workflow does not, and each of its runs is named', async () => {
  await using bundle = await bundleFixture('changed');
  const { code, output } = await replay({ WORKFLOW_BUNDLE: bundle.path });
  expect(code).toBe(1);
  const changed = files
    .filter((file) => file.includes('/provisionAccount/'))
    .map((file) => file.replace('test/histories/', '').replace('.json', ''));
  for (const name of changed) expect(output).toContain(`${name}: DeterminismViolationError: `);
  expect(output).toContain(`${files.length} histories replayed, ${changed.length} of them differently`);
});

test('a recorded history names neither the machine nor the user it was recorded on', async () => {
  const texts = await Promise.all(files.map((file) => readFile(`${ROOT}/${file}`, 'utf8')));
  const all = texts.join('\n');
  const identities = [...all.matchAll(/"identity": "([^"]*)"/g)].map(([, identity]) => identity);
  const temporalItself = ['history-service', 'temporal-scheduler-default-librechat/schedule/reconcile'];
  expect(new Set(identities)).toEqual(new Set(['hestami-world', 'recorded', ...temporalItself]));
  for (const name of [`@${hostname()}`, `"${hostname()}"`, `@${userInfo().username}`, ROOT, 'node_modules'])
    expect(all).not.toContain(name);
});
