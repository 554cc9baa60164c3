import { describe, expect, test } from '@jest/globals';
import { linkOf, setup, statuses, using } from './harness.ts';

describe('races are those of LibreChat', () => {
  test(
    'of two registrations of one address the loser gets 500 and the winner keeps the account',
    using({}, async (bench) => {
      await bench.fault('register', 'users-counted', 'hold');
      const loser = bench.register('a@example.org', 'loser-password');
      await bench.event('register', 'users-counted');
      expect((await bench.register('a@example.org', 'winner-password')).status).toBe(200);
      await bench.control('POST', '/release');
      expect((await loser).json).toEqual({ message: 'Something went wrong' });
      expect((await bench.login('a@example.org', 'winner-password')).status).toBe(200);
      expect(await bench.account('a@example.org')).toMatchObject({ registrations: 1, distinctPasswords: 1 });
    }),
  );

  test(
    'two first registrations at once both become ADMIN',
    using({}, async (bench) => {
      await bench.fault('register', 'users-counted', 'hold');
      const slow = bench.register('slow@example.org');
      await bench.event('register', 'users-counted');
      await bench.register('fast@example.org');
      await bench.control('POST', '/release');
      await slow;
      expect(await bench.account('slow@example.org')).toMatchObject({ role: 'ADMIN' });
      expect(await bench.account('fast@example.org')).toMatchObject({ role: 'ADMIN' });
    }),
  );

  test(
    'a refresh that reads after another one saved gets 401, one that read before gets 200',
    using({}, async (bench) => {
      const { cookie } = await bench.enrolled('a@example.org');
      await bench.fault('refresh', 'session-read', 'hold');
      const early = bench.refresh(cookie);
      await bench.event('refresh', 'session-read');
      // Another second, or the new token would be the old one byte for byte and the late reader would find it.
      await bench.fault('refresh', 'before', 'delay', { ms: 1001 });
      expect((await bench.refresh(cookie)).status).toBe(200);
      expect((await bench.refresh(cookie)).status).toBe(401);
      await bench.control('POST', '/release');
      expect((await early).status).toBe(200);
    }),
  );

  test(
    'ten parallel refreshes with one cookie are 200s and 401s, never anything else',
    using({ databaseLatencyMs: 3 }, async (bench) => {
      const { cookie } = await bench.enrolled('a@example.org');
      const replies = await Promise.all(Array.from({ length: 10 }, async () => bench.refresh(cookie)));
      const seen = new Set(statuses(replies));
      expect(seen).toContain(200);
      expect([...seen].filter((status) => status !== 200 && status !== 401)).toEqual([]);
    }),
  );

  test(
    'two refreshes of one session within one second give the same bytes',
    using({}, async (bench) => {
      const { cookie } = await bench.enrolled('a@example.org');
      const tokens = new Set<string | undefined>();
      let current: string | undefined = cookie;
      // Three in a row cannot span three seconds, so at least two of them share one.
      for (let i = 0; i < 3; i += 1) {
        current = (await bench.refresh(current)).cookie;
        tokens.add(current);
      }
      expect(tokens.size).toBeLessThan(3);
    }),
  );

  test(
    'reset requests at the same time leave two links that work one after the other',
    using({}, async (bench) => {
      await bench.register('a@example.org');
      await bench.fault('requestPasswordReset', 'old-links-deleted', 'hold', { times: 2 });
      const asked = [bench.resetLink('a@example.org'), bench.resetLink('a@example.org')];
      const { n } = await bench.event('requestPasswordReset', 'old-links-deleted');
      await bench.event('requestPasswordReset', 'old-links-deleted', Number(n));
      await bench.control('POST', '/release');
      const links = await Promise.all(asked);
      expect(await bench.account('a@example.org')).toMatchObject({ links: 2 });
      const answers = [];
      for (const link of [...links, ...links]) answers.push(await bench.reset(link, 'second-password'));
      expect(answers.filter((reply) => reply.status === 200)).toHaveLength(2);
    }),
  );

  test(
    'one password hash stops every other request for its duration',
    using({ bcryptCost: 10 }, async (bench) => {
      await bench.register('a@example.org');
      const before = await bench.control('GET', '/counters');
      await bench.control('GET', '/event-loop');
      await Promise.all([
        bench.login('a@example.org'),
        bench.login('a@example.org'),
        bench.login('a@example.org'),
      ]);
      const after = await bench.control('GET', '/counters');
      expect(Number(after['bcrypts']) - Number(before['bcrypts'])).toBe(3);
      expect(Number((await bench.control('GET', '/event-loop'))['activeMs'])).toBeGreaterThan(50);
    }),
  );
});

test('a reset link carries the address of the client, not of the stand-in', async () => {
  const bench = await setup({ domainClient: 'https://chat.example.org' });
  await bench.register('a@example.org');
  const { json } = await bench.call('POST', '/api/auth/requestPasswordReset', { email: 'a@example.org' });
  const link = String(json['link']);
  expect(link).toMatch(
    /^https:\/\/chat\.example\.org\/reset-password\?token=[0-9a-f]{64}&userId=[0-9a-f]{24}$/,
  );
  expect(linkOf(link).token).toHaveLength(64);
  await bench.standIn.close();
});
