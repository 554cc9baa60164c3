import { randomBytes } from 'node:crypto';
import { parseKeyRing, sealRecord } from '../../client/session-record/index.ts';
import { BridgeError } from '../../contract/errors.ts';
import { parseDjangoUserId } from '../../contract/ids.ts';
import { Secret } from '../../contract/secret.ts';
import { sessionNamed } from '../suites/session-store.ts';

/** Whose the record is. */
export const USER = parseDjangoUserId('42');

/** What is sealed in it. */
export const session = sessionNamed('of a test');

/** A key of a ring. */
export const newKey = (): string => randomBytes(32).toString('base64url');

/** A record under keys of its own. */
export function sealedRecord() {
  const sessionKeys = parseKeyRing('LIBRECHAT_SESSION_KEY', new Secret(newKey()));
  const refreshKeys = parseKeyRing('LIBRECHAT_REFRESH_KEY', new Secret(newKey()));
  const raw = sealRecord(USER, 1_800_000_000_000, session, { sessionKeys, refreshKeys });
  return { sessionKeys, refreshKeys, raw };
}

/** The code that it throws, or what it answers. */
export function outcome(use: () => Secret): string {
  try {
    return use().reveal();
  } catch (error) {
    return error instanceof BridgeError ? error.code : `not typed: ${String(error)}`;
  }
}
