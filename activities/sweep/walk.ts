import type { DjangoUserId } from '../../contract/ids.ts';
import type { Sorted } from './sort-by-runs.ts';
import type { RowRange } from './ports.ts';

/** Rows that are read, and asked about, at once. */
export const PAGE_ROWS = 500;
/** More are left to the next walk: a mass of blocked users must not keep the other classes waiting. */
const MAX_PAGES = 10;

/** What a walk through a class needs. */
export interface Walk {
  /** Where the last one ended; null: at the beginning. */
  readonly from: DjangoUserId | null;
  /** So many users at most. Asked once, and only where there is somebody. */
  readonly want: () => Promise<number>;
  readonly page: (range: RowRange, limit: number) => Promise<readonly DjangoUserId[]>;
  readonly sort: (users: readonly DjangoUserId[]) => Promise<Sorted>;
  /** Asked before each page but the first. */
  readonly mayGoOn: () => boolean;
}

/** What it has found. */
export interface Walked {
  readonly users: readonly DjangoUserId[];
  readonly open: number;
  readonly waiting: number;
  /** Where the next one goes on; null: at the beginning. */
  readonly cursor: DjangoUserId | null;
  /** Somebody is left over. */
  readonly full?: true;
}

/**
 * Walks along the ids of a class from where the last walk ended, over the end to the beginning, until it is where it began
 * or has enough: whoever stands behind a thousand blocked ones is seen as well.
 *
 * @throws what `page` and `sort` throw
 */
export async function walk({ from, want, page, sort, mayGoOn }: Walk): Promise<Walked> {
  const users: DjangoUserId[] = [];
  let range: RowRange = { after: from, upTo: null };
  let most = Number.POSITIVE_INFINITY;
  let [open, waiting] = [0, 0];
  const ended = (cursor: DjangoUserId | null, left: { full?: true } = {}): Walked => {
    return { users, open, waiting, cursor, ...left };
  };
  for (let pages = 0; pages < MAX_PAGES && (pages === 0 || mayGoOn()); pages++) {
    const ids = await page(range, PAGE_ROWS);
    if (ids.length > 0 && most === Number.POSITIVE_INFINITY) most = await want();
    const sorted = await sort(ids);
    open += sorted.open;
    waiting += sorted.waiting;
    const room = Math.max(0, most - users.length);
    users.push(...sorted.free.slice(0, room));
    if (sorted.free.length > room) return ended(users.at(-1) ?? range.after, { full: true });
    if (ids.length === PAGE_ROWS) range = { ...range, after: ids.at(-1) ?? null };
    else if (from === null || range.upTo !== null) return ended(null);
    else range = { after: null, upTo: from };
  }
  return ended(range.after);
}
