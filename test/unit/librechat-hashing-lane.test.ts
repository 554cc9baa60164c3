import { expect, test } from '@jest/globals';
import { createHashingLane } from '../../activities/adapters/librechat/hashing-lane.ts';

/** Calls that end when they are told to. */
function calls(width: number): {
  start: (route: Parameters<ReturnType<typeof createHashingLane>>[0]) => number;
  end: (call: number, error?: Error) => Promise<void>;
  readonly sent: number[];
} {
  const lane = createHashingLane(width);
  const sent: number[] = [];
  const ends: PromiseWithResolvers<void>[] = [];
  const results: Promise<unknown>[] = [];
  return {
    sent,
    start(route) {
      const call = results.length;
      const end = Promise.withResolvers<void>();
      ends.push(end);
      const send = (): Promise<void> => {
        sent.push(call);
        return end.promise;
      };
      results.push(lane(route, send).catch(() => undefined));
      return call;
    },
    async end(call, error) {
      if (error === undefined) ends[call]?.resolve();
      else ends[call]?.reject(error);
      await results[call];
    },
  };
}

test('no more than so many hashing calls run at once, and the others follow in their order', async () => {
  const { start, end, sent } = calls(2);
  for (const route of ['login', 'register', 'resetPassword', 'requestPasswordReset'] as const) start(route);
  expect(sent).toEqual([0, 1]);
  await end(1);
  expect(sent).toEqual([0, 1, 2]);
  await end(0);
  await end(2);
  expect(sent).toEqual([0, 1, 2, 3]);
});

test('a call that fails makes room too', async () => {
  const { start, end, sent } = calls(1);
  start('login');
  start('login');
  await end(0, new Error('lost'));
  expect(sent).toEqual([0, 1]);
});

test('calls that hash nothing do not wait', () => {
  const { start, sent } = calls(1);
  start('login');
  start('refresh');
  start('logout');
  start('ready');
  expect(sent).toEqual([0, 1, 2, 3]);
});

test('room that was made is not lost while nobody waits', async () => {
  const { start, end, sent } = calls(1);
  start('login');
  await end(0);
  start('login');
  expect(sent).toEqual([0, 1]);
});
