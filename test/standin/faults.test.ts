import { describe, expect, test } from '@jest/globals';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setup, using, type Bench } from './harness.ts';

describe('a fault acts at the point it names', () => {
  test(
    'dropped before: nothing was done; dropped at the answer: everything was',
    using({}, async (bench) => {
      await bench.fault('register', 'before', 'drop', { address: 'a@example.org' });
      await expect(bench.register('a@example.org')).rejects.toThrow('fetch failed');
      expect(await bench.account('a@example.org')).toMatchObject({ exists: false });
      await bench.fault('register', 'answer', 'drop', { address: 'a@example.org' });
      await expect(bench.register('a@example.org')).rejects.toThrow('fetch failed');
      expect(await bench.account('a@example.org')).toMatchObject({ exists: true, emailVerified: true });
    }),
  );

  test(
    'a reset cut after the password was written leaves link and sessions alive',
    using({}, async (bench) => {
      const { cookie } = await bench.enrolled('a@example.org');
      const link = await bench.resetLink('a@example.org');
      await bench.fault('resetPassword', 'password-written', 'status', { status: 502, text: 'Bad Gateway' });
      expect(await bench.reset(link, 'second-password')).toMatchObject({ status: 502, text: 'Bad Gateway' });
      expect((await bench.login('a@example.org', 'second-password')).status).toBe(200);
      expect((await bench.refresh(cookie)).status).toBe(200);
      expect((await bench.reset(link, 'third-password')).status).toBe(200);
    }),
  );

  test(
    'a refresh whose answer is lost has rotated the session all the same',
    using({}, async (bench) => {
      const { cookie } = await bench.enrolled('a@example.org');
      // Another second than the login's, or the rotated token would be the old one byte for byte.
      await bench.fault('refresh', 'before', 'delay', { ms: 1001 });
      await bench.fault('refresh', 'session-saved', 'drop');
      await expect(bench.refresh(cookie)).rejects.toThrow('fetch failed');
      expect((await bench.refresh(cookie)).status).toBe(401);
    }),
  );

  test(
    'a held call waits for its release, and can be released into another fault',
    using({}, async (bench) => {
      await bench.register('a@example.org');
      await bench.fault('login', 'session-created', 'hold', { times: 2 });
      const first = bench.login('a@example.org');
      const { n } = await bench.event('login', 'session-created');
      expect(await bench.control('POST', '/release', { route: 'refresh' })).toEqual({ released: 0 });
      expect(await bench.control('POST', '/release', { route: 'login' })).toEqual({ released: 1 });
      expect((await first).status).toBe(200);
      const second = bench.login('a@example.org').catch(() => 'lost');
      await bench.event('login', 'session-created', Number(n));
      await bench.control('POST', '/release', { action: 'drop' });
      expect(await second).toBe('lost');
      expect(await bench.account('a@example.org')).toMatchObject({ sessions: 2 });
    }),
  );

  test(
    'skip lets calls pass first, times limits how many it hits, and faults can be cleared',
    using({}, async (bench) => {
      await bench.fault('config', 'answer', 'status', { skip: 1, times: 2 });
      const seen = [];
      for (let i = 0; i < 4; i += 1) seen.push((await bench.call('GET', '/api/config')).status);
      expect(seen).toEqual([200, 503, 503, 200]);
      await bench.fault('*', '*', 'empty', { times: null });
      expect((await bench.call('GET', '/api/config')).text).toBe('');
      await bench.control('DELETE', '/faults');
      expect((await bench.call('GET', '/api/config')).json).toHaveProperty('appTitle');
      expect(await bench.control('POST', '/faults', { action: 'explode' })).toHaveProperty('error');
    }),
  );
});

describe('wrong answers', () => {
  const answer = async (bench: Bench, action: string) => {
    await bench.fault('login', 'answer', action);
    return bench.login('a@example.org');
  };

  test(
    'they come without the cookies of the right one',
    using({}, async (bench) => {
      await bench.register('a@example.org');
      expect(await answer(bench, 'html')).toMatchObject({ status: 200, type: 'text/html; charset=utf-8' });
      expect(await answer(bench, 'empty')).toMatchObject({ status: 200, type: null, text: '' });
      expect(await answer(bench, 'wrong-shape')).toMatchObject({
        status: 200,
        text: '{}',
        cookie: undefined,
      });
      expect((await answer(bench, 'huge')).text.length).toBeGreaterThan(10_000_000);
      await expect(answer(bench, 'truncate')).rejects.toThrow('terminated');
    }),
  );

  test(
    'an endless answer never ends by itself',
    using({}, async (bench) => {
      await bench.fault('config', 'answer', 'endless');
      const leaving = new AbortController();
      const response = await fetch(`${bench.standIn.url}/api/config`, { signal: leaving.signal });
      const reader = response.body?.getReader();
      expect((await reader?.read())?.done).toBe(false);
      expect((await reader?.read())?.done).toBe(false);
      leaving.abort();
      expect(await bench.event('config', 'closed')).toMatchObject({ answered: false });
    }),
  );
});

describe('a kill', () => {
  test('looks like a dead process, and a restart finds what was done before it', async () => {
    const snapshotFile = path.join(mkdtempSync(path.join(tmpdir(), 'stand-in-')), 'data.json');
    const first = await setup({}, { snapshotFile });
    const { cookie } = await first.enrolled('a@example.org');
    const link = await first.resetLink('a@example.org');
    await first.fault('resetPassword', 'token-deleted', 'kill');
    await expect(first.reset(link, 'second-password')).rejects.toThrow('fetch failed');
    await first.standIn.killed;
    await expect(first.login('a@example.org')).rejects.toThrow('fetch failed');

    const second = await setup({}, { snapshotFile });
    expect((await second.login('a@example.org', 'second-password')).status).toBe(200);
    expect((await second.refresh(cookie)).status).toBe(200);
    expect(await second.reset(link, 'third-password')).toMatchObject({ status: 400, text: '{}' });
    expect(await second.account('a@example.org')).toMatchObject({ registrations: 1, distinctPasswords: 2 });
    await second.standIn.close();
  });

  test('without a snapshot a restart has forgotten everything', async () => {
    const first = await setup();
    await first.register('a@example.org');
    await first.standIn.close();
    const second = await setup();
    expect((await second.login('a@example.org')).json['message']).toBe('Email does not exist.');
    await second.standIn.close();
  });
});
