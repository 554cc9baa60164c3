import { BridgeError } from '../../contract/errors.ts';
import type { AccountId, DjangoUserId } from '../../contract/ids.ts';
import type { Secret } from '../../contract/secret.ts';
import type { SessionKeyRing } from './key-rings.ts';
import type { SessionMaterial } from './material.ts';

/*
 * A record is one line of JSON with its fields in a fixed order and nothing else in it, so that a value has exactly one
 * spelling. The refresh token is sealed first, bound to the user and all plain fields; then the access token, bound to
 * these and to the sealed refresh token. Opening the access token thus proves the whole record, although the BFF
 * cannot open the other half.
 */
const VERSION = 1;

/** The fields of a record, in their order. The two tokens are sealed. */
export interface SessionRecord {
  readonly version: typeof VERSION;
  /** The epoch that it was written under. */
  readonly epoch: number;
  readonly accountId: AccountId;
  /** End of the access token, milliseconds since 1970. */
  readonly expiresAt: number;
  /** When a login opened the session, milliseconds since 1970. */
  readonly openedAt: number;
  /** LibreChat's absolute end of the session, milliseconds since 1970. */
  readonly sessionEndsAt: number;
  readonly accessKeyId: string;
  readonly refreshKeyId: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** A record is about 2 kB. What is much longer is not ours, and not worth parsing. */
const MAX_LENGTH = 65_536;

const FIELDS: { readonly [Field in keyof SessionRecord]: (value: unknown) => boolean } = {
  version: (value) => value === VERSION,
  epoch: isPositiveInteger,
  accountId: (value) => matches(value, /^[0-9a-f]{24}$/),
  expiresAt: isPositiveInteger,
  openedAt: isPositiveInteger,
  sessionEndsAt: isPositiveInteger,
  accessKeyId: (value) => matches(value, /^[0-9a-f]{8}$/),
  refreshKeyId: (value) => matches(value, /^[0-9a-f]{8}$/),
  accessToken: (value) => matches(value, /^[A-Za-z0-9_-]+$/),
  refreshToken: (value) => matches(value, /^[A-Za-z0-9_-]+$/),
};

const FIELD_NAMES = Object.keys(FIELDS);

/** Seals a session into a record of the user. `epoch` is the one that the record will be written under. */
export function sealRecord(
  user: DjangoUserId,
  epoch: number,
  session: SessionMaterial,
  keys: { readonly sessionKeys: SessionKeyRing; readonly refreshKeys: SessionKeyRing },
): string {
  const plain = {
    version: VERSION,
    epoch,
    accountId: session.accountId,
    expiresAt: Math.trunc(session.expiresAt),
    openedAt: Math.trunc(session.openedAt),
    sessionEndsAt: Math.trunc(session.sessionEndsAt),
    accessKeyId: keys.sessionKeys.sealingKeyId,
    refreshKeyId: keys.refreshKeys.sealingKeyId,
  } as const;
  const refreshToken = keys.refreshKeys.seal(session.refreshToken, boundToRefreshToken(user, plain));
  const accessToken = keys.sessionKeys.seal(
    session.accessToken,
    boundToAccessToken(user, { ...plain, refreshToken }),
  );
  return JSON.stringify({ ...plain, accessToken, refreshToken });
}

/**
 * Reads the plain part of a record. Nothing of it is proven before one of the tokens was opened.
 *
 * @throws BridgeError `RecordUnreadable` for anything but the one spelling that {@link sealRecord} writes
 */
export function readRecord(raw: string): SessionRecord {
  const value: unknown = raw.length > MAX_LENGTH ? undefined : parseJson(raw);
  // The second half catches further fields, another order, blanks, escapes, duplicates, and numbers like 1e3.
  if (isRecord(value) && JSON.stringify(value, FIELD_NAMES) === raw) return value;
  throw new BridgeError('RecordUnreadable', { detail: 'it is malformed' });
}

/**
 * Opens the access token, which proves the whole record.
 *
 * @throws BridgeError `RecordUnreadable`
 */
export function openAccessToken(
  record: SessionRecord,
  user: DjangoUserId,
  sessionKeys: SessionKeyRing,
): Secret {
  return sessionKeys.open(record.accessKeyId, record.accessToken, boundToAccessToken(user, record));
}

/**
 * Opens the refresh token, which proves the record but for its sealed access token.
 *
 * @throws BridgeError `RecordUnreadable`
 */
export function openRefreshToken(
  record: SessionRecord,
  user: DjangoUserId,
  refreshKeys: SessionKeyRing,
): Secret {
  return refreshKeys.open(record.refreshKeyId, record.refreshToken, boundToRefreshToken(user, record));
}

type PlainFields = Omit<SessionRecord, 'accessToken' | 'refreshToken'>;

function boundToRefreshToken(user: DjangoUserId, record: PlainFields): string {
  return JSON.stringify(['hestami-librechat/refresh-token', user, ...plainValues(record)]);
}

function boundToAccessToken(user: DjangoUserId, record: Omit<SessionRecord, 'accessToken'>): string {
  return JSON.stringify([
    'hestami-librechat/access-token',
    user,
    ...plainValues(record),
    record.refreshToken,
  ]);
}

/** All of them: a field that is not listed here could be altered. */
function plainValues({ version, epoch, ...record }: PlainFields): readonly unknown[] {
  const { accountId, expiresAt, openedAt, sessionEndsAt, accessKeyId, refreshKeyId } = record;
  return [version, epoch, accountId, expiresAt, openedAt, sessionEndsAt, accessKeyId, refreshKeyId];
}

function isRecord(value: unknown): value is SessionRecord {
  if (typeof value !== 'object' || value === null) return false;
  const fields = Object.entries(value);
  return (
    fields.length === FIELD_NAMES.length &&
    fields.every(([name, field]) => isFieldName(name) && FIELDS[name](field))
  );
}

function isFieldName(name: string): name is keyof SessionRecord {
  return Object.hasOwn(FIELDS, name);
}

function parseJson(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    // The parser's own message would quote the record.
    return undefined;
  }
}

function isPositiveInteger(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

function matches(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value);
}
