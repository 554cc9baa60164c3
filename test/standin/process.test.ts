import { describe, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { ACTIONS } from '../../standin/faults.ts';
import { flagOf, settingNames } from '../../standin/settings.ts';
import { Bench, record } from './harness.ts';

const MAIN = path.resolve('standin/main.ts');
const FAST = ['--port', '0', '--control-port', '0', '--bcrypt-cost', '4', '--database-latency-ms', '0'];

async function run(
  flags: string[],
  env: Record<string, string> = {},
): Promise<{ child: ChildProcess; bench: Bench }> {
  const child = spawn('node', [MAIN, ...FAST, ...flags], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], ...env },
  });
  const line: unknown = (await once(createInterface(child.stdout), 'line'))[0];
  const { url, controlUrl } = record(JSON.parse(String(line)));
  const close = async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  const killed = new Promise<void>(() => undefined);
  return { child, bench: new Bench({ url: String(url), controlUrl: String(controlUrl), killed, close }) };
}

describe('the stand-in as a process', () => {
  test('reads LibreChat names from the environment, prefers flags, and ends on SIGTERM', async () => {
    const { child, bench } = await run(['--login-max', '9'], { LOGIN_MAX: '8', ALLOW_REGISTRATION: 'FALSE' });
    expect(await bench.control('GET', '/settings')).toMatchObject({ loginMax: 9, allowRegistration: false });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('ends when its parent goes, if told so', async () => {
    const { child } = await run(['--exit-with-parent']);
    child.stdin?.end();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('a kill fault is a real SIGKILL, after the snapshot', async () => {
    const snapshot = path.join(mkdtempSync(path.join(tmpdir(), 'stand-in-')), 'data.json');
    const first = await run(['--snapshot', snapshot]);
    await first.bench.fault('register', 'user-inserted', 'kill');
    const exited = once(first.child, 'exit');
    await expect(first.bench.register('a@example.org')).rejects.toThrow('fetch failed');
    expect(await exited).toEqual([null, 'SIGKILL']);

    const second = await run(['--snapshot', snapshot]);
    // Inserted, but the step that marks it verified never came.
    expect((await second.bench.login('a@example.org')).status).toBe(422);
    await second.bench.standIn.close();
  });
});

test('the README names every flag and every action', () => {
  const readme = readFileSync(path.resolve('standin/README.md'), 'utf8');
  for (const name of settingNames) expect(readme).toContain(`\`--${flagOf(name)}\``);
  for (const action of ACTIONS) expect(readme).toContain(`\`${action}\``);
});
