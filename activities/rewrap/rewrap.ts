import type { DjangoUserId } from '../../contract/ids.ts';
import { sealedDigest } from '../credential-rules.ts';
import type { CredentialColumn, RewrapRing, SealedRow } from './ports.ts';

/** Rows that are read at once: a page is some 100 kB, and read in a few milliseconds. */
const PAGE_ROWS = 500;
/** Writes that are under way at once: enough to hide the way to the database, few enough to leave it to others. */
const WRITES_AT_ONCE = 4;
/** How often a row is read again when others write it too. A later run finds it again. */
const MAX_ROUNDS = 5;
/** How many of the rows that do not open are named. */
const NAMED_ROWS = 10;

/** How many rows there are of each kind. */
export interface RewrapCounts {
  /** Under another key than the first when they were read; done, or to be done in a survey. */
  rewrapped: number;
  /** Under the first key already. */
  current: number;
  /** Not a Fernet token, so no key opens it. Left as it is. */
  noToken: number;
  /** A Fernet token under none of the keys. Left as it is. */
  unknownKey: number;
  /** Written by others again and again. A later run finds them. */
  contested: number;
}

/** How far a run has come. */
export interface RewrapProgress extends Readonly<RewrapCounts> {
  /** All rows up to this id are done: where to go on; null at the beginning. */
  readonly cursor: DjangoUserId | null;
  /** The first few rows that do not open. */
  readonly unreadable: readonly DjangoUserId[];
}

/** Where to begin, and whom to tell how far it is. */
export interface RewrapOptions {
  /** Begin after this id. Default: from the first row on. */
  readonly after?: DjangoUserId | undefined;
  /** Called after every page. */
  readonly onPage?: (progress: RewrapProgress) => void;
  /** Ends the run after the page that is under way. */
  readonly stop?: AbortSignal;
}

/**
 * Counts what a rewrap would do, and changes nothing.
 *
 * @throws BridgeError `DatabaseUnavailable`
 */
export const surveyColumn = (
  column: CredentialColumn,
  ring: RewrapRing,
  options: RewrapOptions = {},
): Promise<RewrapProgress> => eachRow(column, async ({ sealed }) => countOf(ring, sealed), options);

/**
 * Seals the passwords of all rows under the first key of the ring. Times, and with them the ages of the credentials, stay
 * as they are. It may be stopped at any point and begun again, and run beside rotations: a row that somebody else has
 * written is read again, never overwritten. What does not open is counted and left alone.
 *
 * @throws BridgeError `DatabaseUnavailable`; what was done until then is done, and `onPage` has said how far
 */
export const rewrapColumn = (
  column: CredentialColumn,
  ring: RewrapRing,
  options: RewrapOptions = {},
): Promise<RewrapProgress> => eachRow(column, (row) => rewrapRow(column, ring, row), options);

async function eachRow(
  column: CredentialColumn,
  visit: (row: SealedRow) => Promise<keyof RewrapCounts>,
  { after, onPage, stop }: RewrapOptions,
): Promise<RewrapProgress> {
  const counts: RewrapCounts = { rewrapped: 0, current: 0, noToken: 0, unknownKey: 0, contested: 0 };
  const unreadable: DjangoUserId[] = [];
  let cursor = after ?? null;
  for (let rows = await column.page(cursor, PAGE_ROWS); ; rows = await column.page(cursor, PAGE_ROWS)) {
    await inParallel(rows, async (row) => {
      const kind = await visit(row);
      counts[kind]++;
      if (kind === 'noToken' || kind === 'unknownKey') unreadable.push(row.djangoUserId);
    });
    cursor = rows.at(-1)?.djangoUserId ?? cursor;
    onPage?.({ ...counts, cursor, unreadable: unreadable.slice(0, NAMED_ROWS) });
    if (rows.length < PAGE_ROWS || stop?.aborted === true) break;
  }
  return { ...counts, cursor, unreadable: unreadable.slice(0, NAMED_ROWS) };
}

async function rewrapRow(
  column: CredentialColumn,
  ring: RewrapRing,
  { djangoUserId, sealed }: SealedRow,
): Promise<keyof RewrapCounts> {
  let read: string | null = sealed;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    // Emptied, or deleted: there is nothing left under an old key.
    if (read === null) return 'current';
    const result = ring.rewrap(read);
    if (result.kind !== 'rewrapped') return countOf(ring, read);
    if (await column.replaceSealed(djangoUserId, sealedDigest(read), result.sealed)) return 'rewrapped';
    read = await column.sealedOf(djangoUserId);
  }
  return 'contested';
}

function countOf(ring: RewrapRing, sealed: string): keyof RewrapCounts {
  const { kind } = ring.rewrap(sealed);
  if (kind === 'no-token') return 'noToken';
  return kind === 'unknown-key' ? 'unknownKey' : kind;
}

/** A few at once, in order. The first failure is thrown when all that were begun have ended. */
async function inParallel<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const rest = items.values();
  const lanes = Array.from({ length: WRITES_AT_ONCE }, async () => {
    for (const item of rest) await work(item);
  });
  const failed = (await Promise.allSettled(lanes)).find((lane) => lane.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
