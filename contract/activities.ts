import type { ErrorCode } from './errors.ts';
import type { DueRule, DueUser } from './due.ts';
import type { DeleteVerdict, SuspendVerdict } from './endings.ts';
import type { DueCount } from './fleet.ts';
import type {
  CloseVerdict,
  ProvisionVerdict,
  RefreshVerdict,
  RotateReason,
  RotateVerdict,
} from './messages.ts';
import type { FindWorkInput, FoundWork } from './sweep.ts';

/** What the failure of a step tells besides its code, as the only one of its details. */
export interface FailureDetails {
  readonly retryAfterSeconds: number;
}

/** The steps of an account's life. All are safe to repeat. */
export interface AccountActivities {
  /**
   * Makes sure that an active user has a password in the row, an account at LibreChat that opens with it, and the link
   * between the two; publishes the session of the login that proved it. Retries transient faults for as long as it
   * takes; a terminal one is thrown as a failure whose type is the error code.
   */
  openAccount(input: { readonly djangoUserId: string }): Promise<ProvisionVerdict>;
}

/** A new password, before LibreChat hears of it. The one sealed thing that any history holds. */
export interface MintedCredential {
  /** Fernet token of the new password. */
  readonly sealed: string;
  /** SHA-256 of the token that it is to replace, in hexadecimal. */
  readonly expected: string;
}

/** The steps of a rotation. A terminal fault is thrown as a failure whose type is the error code. */
export interface CredentialActivities {
  /** Logs in with the password of the row. `rejected`: LibreChat has another one. */
  verifyCredential(input: {
    readonly djangoUserId: string;
  }): Promise<RotateVerdict | { readonly outcome: 'rejected' }>;
  /** Local: its result and what follows are recorded together, so no secret is ever applied that was not recorded. */
  mintCredential(input: {
    readonly djangoUserId: string;
    readonly overwriteUnreadable: boolean;
    /** Seconds since 1970; a password that is not older is left alone. */
    readonly onlyIfMintedBefore?: number;
  }): Promise<MintedCredential | RotateVerdict>;
  /** Makes LibreChat and the row agree on the minted password. */
  applyCredential(
    input: MintedCredential & { readonly djangoUserId: string; readonly reason: RotateReason },
  ): Promise<RotateVerdict>;
}

/**
 * `rejected`: LibreChat has another password than the row. `unprovisioned`: there is no account yet. `ended`: the user is
 * no longer active or no longer there; the record is gone, LibreChat's session is still to be ended.
 */
export type RenewResult =
  | Exclude<RefreshVerdict, { readonly outcome: 'failed' }>
  | { readonly outcome: 'rejected' | 'unprovisioned' }
  | { readonly outcome: 'ended'; readonly code: 'UserInactive' | 'UserNotFound' };

/** The steps of a session's life. A terminal fault is thrown as a failure whose type is the error code. */
export interface SessionActivities {
  /** Renews the session, or opens another one by a login. Throws `SignedOut` where the user did so since `epoch`. */
  renewSession(input: { readonly djangoUserId: string; readonly epoch: number }): Promise<RenewResult>;
  /** Local: tells readers for a while that a refresh failed, so that not each of them asks for another. */
  noteFailure(input: {
    readonly djangoUserId: string;
    readonly code: ErrorCode;
    readonly retryAfterSeconds: number;
  }): Promise<void>;
  /** Takes the record from its readers, and puts it aside for `endClosed`. */
  closeRecord(input: { readonly djangoUserId: string }): Promise<void>;
  /** Ends LibreChat's session of a record that was put aside. */
  endClosed(input: { readonly djangoUserId: string }): Promise<CloseVerdict>;
}

/** The step of the sweep. */
export interface SweepActivities {
  /** Looks for users for whom something is left to do and no workflow is open yet. Changes nothing. */
  findWork(input: FindWorkInput): Promise<FoundWork>;
}

/** A page of users whose password is due. */
export interface DuePage {
  /** In their order. Fewer than asked for, when there is no room for more rotations now. */
  readonly users: readonly DueUser[];
  /** Where to go on when all of `users` were started. */
  readonly after: DueUser | null;
  /** There are none after these. */
  readonly exhausted: boolean;
  /** Of `users`: those whose last rotation failed. */
  readonly failedBefore: readonly string[];
  /** How many of `rotated` had an old password again, and were put in doubt. */
  readonly drift: number;
  /** There is no room at LibreChat: ask again after so many seconds. */
  readonly waitSeconds?: number;
  /** LibreChat answers everything with this code. */
  readonly trouble?: ErrorCode;
}

/** The steps of a fleet run. */
export interface FleetActivities {
  /** Counts the users whose password is due, and those that the run leaves out. */
  countDue(input: { readonly rule: DueRule; readonly among?: readonly string[] }): Promise<DueCount>;
  /** Finds the next users of a shard, no more than LibreChat's limits leave room for. */
  findDue(input: {
    readonly rule: DueRule;
    readonly shard: number;
    readonly shards: number;
    /** With the mode `list`. */
    readonly among?: readonly string[];
    readonly after: DueUser | null;
    /** Look for passwords with a time in the future instead. */
    readonly future: boolean;
    readonly limit: number;
    /** Users who were rotated since the last page: their rows are looked at again. */
    readonly rotated: readonly string[];
    /** The run was resumed just now: an operator says that what made it pause is over. */
    readonly resumed?: boolean;
  }): Promise<DuePage>;
}

/**
 * What became of the session record: `none`: there was none; `closed`: it was put aside, and LibreChat's session is still to
 * be ended; `unknown`: Redis is away.
 */
export type ClosedRecord = 'none' | 'closed' | 'unknown';

/** How a user's account ended. */
export interface Ended<Verdict> {
  readonly verdict: Verdict;
  readonly record: ClosedRecord;
}

/** The steps that take an account from its user. They end with a verdict; only what may work later is thrown. */
export interface EndingActivities {
  /** Gives the account of an inactive user a password that nobody keeps, and empties the column of the row. */
  shutOutUser(input: { readonly djangoUserId: string }): Promise<Ended<SuspendVerdict>>;
  /** Deletes the account of an inactive user, and empties the row. */
  eraseAccount(input: { readonly djangoUserId: string }): Promise<Ended<DeleteVerdict>>;
}
