import { randomBytes } from 'node:crypto';
import { parseAccountId, type AccountId, type DjangoUserId } from '../../contract/ids.ts';

/** A row that is linked to an account since long ago, and has a password. */
export interface LinkedUser {
  readonly id: DjangoUserId;
  readonly accountId: AccountId;
  readonly digest: string;
}

export const LONG_AGO = new Date('2026-01-02T03:04:05Z');

export const anyAccount = (): AccountId => parseAccountId(randomBytes(12).toString('hex'));
