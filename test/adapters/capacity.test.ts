import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { createRateBudget } from '../../activities/adapters/rate-budget.ts';
import { Secret } from '../../contract/secret.ts';
import { runCli } from '../setup/cli.ts';
import { redisUrl } from '../setup/parts.ts';

const capacity = (libreChatUrl: string, redis: string, ...args: readonly string[]) =>
  runCli(['capacity', ...args], { REDIS_URL: redis, LIBRECHAT_API_URL: libreChatUrl });

test('what LibreChat said to the workers is told as such, and what it did not say as its default', async () => {
  const libreChatUrl = `http://${randomUUID()}`;
  const budget = createRateBudget({ url: new Secret(redisUrl()), libreChatUrl });
  const answer = { kind: 'limits', limit: 900, remaining: 899, resetInMs: 61_000 } as const;
  await budget.learn('login', { ...answer, windowEnd: 2_000, saidAt: 1_939 }, 'none');
  await budget.disconnect();
  const { code, out, notes } = await capacity(libreChatUrl, redisUrl(), '--users', '1000');
  expect(out).toMatch(/^ {2}login +900 in 1 min \(as LibreChat said\)$/m);
  expect(out).toMatch(/^ {2}register +5 in 60 min \(LibreChat’s default\)$/m);
  expect(out).toMatch(/^ {2}resetPassword +no limit/m);
  expect(out).toContain('720 rotations a day');
  expect(out).toContain('1000 users every 30 days, 0 sign-ups an hour: fits.');
  expect({ code, notes }).toEqual({ code: 0, notes: '' });
});

test('where it does not fit, the variables to raise are named, and the command exits with 1', async () => {
  const args = ['--users', '100000', '--period-days', '30', '--sign-ups-per-hour', '20'];
  const { code, out } = await capacity(`http://${randomUUID()}`, redisUrl(), ...args);
  expect(code).toBe(1);
  expect(out).toMatch(/LOGIN_MAX: 7 → at least \d+/);
  expect(out).toMatch(/REGISTER_MAX: 5 → at least 20, with REGISTER_WINDOW as it is \(60 min\)/);
  expect(out).toMatch(/RESET_PASSWORD_MAX: 2 → at least 8/);
});

test('the period is the worker’s, unless another one is given', async () => {
  const environment = {
    REDIS_URL: redisUrl(),
    LIBRECHAT_API_URL: `http://${randomUUID()}`,
    ROTATION_PERIOD_DAYS: '7',
  };
  const [own, other] = [[], ['--period-days', '90']].map((more) =>
    runCli(['capacity', '--users', '10', ...more], environment),
  );
  expect((await own)?.out).toContain('10 users every 7 days');
  expect((await other)?.out).toContain('10 users every 90 days');
});

test('without Redis LibreChat’s defaults are assumed, and it is said', async () => {
  const { code, notes } = await capacity('http://librechat:3080', 'redis://127.0.0.1:1', '--users', '100');
  expect(code).toBe(0);
  expect(notes).toMatch(/SessionStoreUnavailable.*defaults are assumed/);
});
