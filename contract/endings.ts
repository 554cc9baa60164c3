import type { ErrorCode } from './errors.ts';

/** Input of `suspendAccount`. */
export interface SuspendInput {
  /** Django's primary key as text, in canonical spelling. */
  readonly djangoUserId: string;
}

/**
 * How a suspension ended. `suspended`: LibreChat has a password that nobody knows, and the row has none. `cleared`: the row
 * has none, so nobody knows LibreChat's either, but that could not be changed (see `code`). `nothing`: there was nothing to
 * take away. `active`: the user is active (again); if LibreChat has changed already, the row is in doubt or empty, so that
 * the sweep gives the account back. `gone`: no such row.
 */
export interface SuspendVerdict {
  readonly outcome: 'suspended' | 'cleared' | 'nothing' | 'active' | 'gone';
  readonly code?: ErrorCode;
}

/** Input of `deleteAccount`. */
export interface DeleteInput {
  /** Django's primary key as text, in canonical spelling. */
  readonly djangoUserId: string;
}

/**
 * How an erasure ended. `deleted`: LibreChat has deleted the account with all its conversations, and the row is empty; with
 * the code `AccountMissing`, it knew nobody under the address (an earlier attempt has deleted the account, or it has another
 * address than the row).
 * `suspended`: LibreChat did not let it be deleted (see `code`), so its user was shut out. `nothing`: the row is not linked,
 * and LibreChat knows nobody under its address. `active`: the user is active, so nothing was taken away. `gone`: no such row.
 * `failed`: an account may be there still, see `code`; with `AccountConflict`, LibreChat has one under the address that the
 * row does not own. The row may be deleted on `deleted`, `nothing` and `gone` only.
 */
export interface DeleteVerdict {
  readonly outcome: 'deleted' | 'suspended' | 'nothing' | 'active' | 'gone' | 'failed';
  readonly code?: ErrorCode;
}
