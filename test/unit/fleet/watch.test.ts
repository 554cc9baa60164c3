import { describe, expect, test } from '@jest/globals';
import { BridgeError } from '../../../contract/errors.ts';
import { EMPTY_TALLY } from '../../../contract/tally.ts';
import { NoWorker } from '../../../workers/cli/fleet/ask-worker.ts';
import type { EndedRun } from '../../../workers/cli/fleet/fleet-run.ts';
import type { Snapshot } from '../../../workers/cli/fleet/snapshot.ts';
import { watch } from '../../../workers/cli/fleet/watch.ts';

const running: Snapshot = {
  mode: 'due',
  startedAt: '2026-01-01T00:00:00.000Z',
  state: 'running',
  due: 2,
  tally: EMPTY_TALLY,
  busy: 0,
  shards: 1,
  shardsFinished: 0,
  perMinute: 0,
};
const finished: EndedRun = {
  status: 'COMPLETED',
  endedAt: new Date('2026-01-01T00:01:00Z'),
  verdict: {
    outcome: 'finished',
    mode: 'due',
    due: 2,
    leftOut: { count: 0, named: [] },
    tally: { ...EMPTY_TALLY, rotated: 2 },
    unreadable: 0,
    busy: [],
    busyCount: 0,
  },
};
const noWorker = new NoWorker('librechat');
const noTemporal = new BridgeError('TemporalUnavailable');

/** Watches a run of which this is seen, look by look; after the last look it has ended. */
async function watching(
  looks: readonly (Snapshot | Error)[],
  { end, longestGapMs = 60_000 }: { readonly end?: EndedRun; readonly longestGapMs?: number } = {},
) {
  const lines: string[] = [];
  const left = [...looks];
  const run = {
    async progress() {
      const look = left.shift();
      if (look instanceof Error) throw look;
      return look;
    },
    last: async () => end,
  };
  const terminal = {
    environment: {},
    user: 'ada',
    out: (line: string) => lines.push(line),
    note: (line: string) => lines.push(`! ${line}`),
    stopSignal: () => new AbortController().signal,
  };
  const code = await watch(run, terminal, { lookMs: 0, longestGapMs }).catch((error: unknown) => error);
  return { code, lines };
}

describe('who watches a fleet run', () => {
  test('goes on through a gap in which no worker answers, and is told of it once', async () => {
    const { code, lines } = await watching([running, noWorker, noWorker, running, noWorker], {
      end: finished,
    });
    expect(code).toBe(0);
    const gap = expect.stringMatching(
      /^! No worker answers on the task queue librechat-fleet\. .*Still watching\.$/,
    );
    expect(lines).toEqual([
      expect.stringContaining('0 of 2'),
      gap,
      gap,
      'The run has finished: 2 of 2 rotated, 0 passed over, 0 failed.',
    ]);
  });

  test.each([
    ['no worker', noWorker],
    ['Temporal', noTemporal],
  ])('does not wait for %s for ever', async (_, silence) => {
    const { code } = await watching([running, silence, silence], { longestGapMs: 0 });
    expect(code).toBe(silence);
  });

  test('is told at once what does not go away by itself', async () => {
    const refused = new BridgeError('ConfigurationInvalid');
    expect(await watching([refused], { end: finished })).toEqual({ code: refused, lines: [] });
  });

  test('is told by its status of a run that ended without a verdict', async () => {
    const end = { status: 'TIMED_OUT', endedAt: finished.endedAt };
    const { code, lines } = await watching([], { end });
    expect(code).toBe(1);
    expect(lines).toEqual([
      expect.stringMatching(/^! The run has ended\. It has no verdict \(TIMED_OUT\)\. /),
    ]);
  });
});
