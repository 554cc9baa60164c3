import { beforeEach, describe, expect, test } from '@jest/globals';
import { findWork } from '../../activities/sweep/find-work.ts';
import type { RowClass, RunIndex } from '../../activities/sweep/ports.ts';
import { PAGE_ROWS } from '../../activities/sweep/walk.ts';
import { parseDjangoUserId } from '../../contract/ids.ts';
import { SWEEP_CLASSES, type FoundWork } from '../../contract/sweep.ts';

/** Longer than all pages of a walk. */
const ROWS = 100 * PAGE_ROWS;

const ATTEMPT = { now: 0, assertHeld: () => undefined, clock: () => clockMs };
let clockMs: number;
let pages: Record<RowClass, number>;
let steps: number;
beforeEach(() => {
  clockMs = 0;
  pages = { provision: 0, repair: 0, suspend: 0 };
  steps = 0;
});

/** A look at a table full of blocked rows, where each page of Temporal's lists takes so long. */
function look(listMs: number, { without }: { readonly without?: RowClass } = {}): Promise<FoundWork> {
  const runs: RunIndex = {
    openOf: async () => 0,
    async runsOf(_, workflowIds) {
      clockMs += listMs;
      return new Map(workflowIds.map((workflowId) => [workflowId, { open: true, vain: [] }]));
    },
  };
  const services = {
    sweepTable: {
      async due(name: RowClass, { after }: { after: string | null }, limit: number) {
        pages[name]++;
        if (name === without) return [];
        const first = Number(after ?? 0) + 1;
        const last = Math.min(ROWS, first + limit - 1);
        return Array.from({ length: last - first + 1 }, (_, index) =>
          parseDjangoUserId(String(first + index)),
        );
      },
    },
    closingRecords: {
      async scanClosing() {
        steps++;
        return { users: [parseDjangoUserId('1')], cursor: 'more' };
      },
    },
  };
  const cursors = { provision: null, repair: null, suspend: null, close: null };
  const taskQueues = { provision: 'q', repair: 'q', suspend: 'q', close: 'q' };
  return findWork(services, runs, { cursors, maxOpen: 200, taskQueues }, ATTEMPT);
}

describe('the time of a look', () => {
  test('is enough for all pages of each class where Temporal answers soon', async () => {
    await look(10);
    expect(pages).toEqual({ provision: 10, repair: 10, suspend: 10 });
    expect(steps).toBe(50);
  });

  test('is shared by the classes: thousands of blocked rows keep no other class from being looked at', async () => {
    const found = await look(500);
    expect(pages).toEqual({ repair: 4, provision: 4, suspend: 4 });
    expect(steps).toBe(4);
    expect(found.suspend.cursor).toBe(String(4 * PAGE_ROWS));
  });

  test('lets each class begin, even where one page takes longer than a share', async () => {
    const found = await look(2_500);
    expect({ ...pages, steps }).toEqual({ repair: 1, provision: 1, suspend: 1, steps: 1 });
    expect(SWEEP_CLASSES.map((name) => found[name].skipped)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('has an end: a class that was not begun by then says so, and keeps its place', async () => {
    const found = await look(6_000);
    expect({ ...pages, steps }).toEqual({ repair: 1, provision: 1, suspend: 0, steps: 0 });
    for (const name of ['suspend', 'close'] as const)
      expect(found[name]).toEqual({ users: [], open: 0, waiting: 0, cursor: null, skipped: 'no-time' });
  });

  test('that one class does not need goes to those after it', async () => {
    await look(500, { without: 'repair' });
    expect({ ...pages, steps }).toEqual({ repair: 1, provision: 6, suspend: 5, steps: 5 });
  });
});
