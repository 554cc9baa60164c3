/*
 * The messages of the workflows. Words used here, once and for all (the whole list is in docs/glossary.md):
 *   provision   make sure that account and credential exist; safe to repeat
 *   blocked     an open provisioning that waits for a human or for its next attempt
 *   verdict     how a workflow ended; ids and codes only, never a secret
 */
import type { DeleteInput, DeleteVerdict, SuspendInput, SuspendVerdict } from './endings.ts';
import type { ErrorCode } from './errors.ts';
import type {
  FleetInput,
  FleetRequest,
  FleetStart,
  FleetVerdict,
  ShardInput,
  ShardVerdict,
} from './fleet.ts';
import type { ReconcileInput, ReconcileVerdict } from './sweep.ts';

/** Input of `provisionAccount`. */
export interface ProvisionInput {
  /** Django's primary key as text, in canonical spelling. */
  readonly djangoUserId: string;
  /** How many attempts ended blocked so far. Set by the workflow itself when it continues as new. */
  readonly blockedAttempts?: number;
}

/** How a provisioning ended. A blocked one does not end: it stays open and says why. */
export interface ProvisionVerdict {
  /**
   * `provisioned`: linked and logged in by this run. `already`: nothing was to be done. `gone`: no such row.
   * `inactive`: the user is not active in Django.
   */
  readonly outcome: 'provisioned' | 'already' | 'gone' | 'inactive';
}

/**
 * Why a credential is rotated. `scheduled`: it is old. `manual`: an operator wants it. `repair`: the password of the row
 * may not open the account; if it does, nothing is changed. `incident`: it may be known to somebody, so it is made sure
 * that the old sessions end too.
 */
export type RotateReason = 'scheduled' | 'manual' | 'repair' | 'incident';

/** Input of `rotateCredential`. */
export interface RotateInput {
  /** Django's primary key as text, in canonical spelling. */
  readonly djangoUserId: string;
  readonly reason: RotateReason;
  /** An operator's word that a password which opens under no key may be given up. */
  readonly overwriteUnreadable?: boolean;
  /** Only if the password of the row is older (seconds since 1970): somebody may have been quicker. */
  readonly onlyIfMintedBefore?: number;
}

/** How a rotation ended. It ends as soon as LibreChat and PostgreSQL answer; it never waits for a human. */
export interface RotateVerdict {
  /**
   * `rotated`: row and LibreChat have the new password. `intact`: a repair found that the old one works. `overtaken`:
   * somebody else has put a newer one into the row, and LibreChat has it. `unverified`: LibreChat took the new one, but
   * could not be asked; the row is in doubt. `not-due`: the password is not older than asked for. `gone`,
   * `inactive`: no such row, or not active. `failed`: see `code`; the password in the row is as good as before.
   */
  readonly outcome:
    'rotated' | 'intact' | 'overtaken' | 'unverified' | 'not-due' | 'gone' | 'inactive' | 'failed';
  /** With `failed` and `unverified`: why. With `intact`: what keeps the user out although the password is right. */
  readonly code?: ErrorCode;
}

/** Input of `refreshSession`. */
export interface RefreshInput {
  /** Django's primary key as text, in canonical spelling. */
  readonly djangoUserId: string;
  /**
   * The epoch of the session as the caller read it, 0 where nobody ever wrote. Where it has changed and there is no
   * record, the user has signed out since, and no session is opened.
   */
  readonly epoch: number;
}

/**
 * How a refresh ended; it always does, within 30 s. `fresh`: somebody else had done it. `renewed`: by the refresh token.
 * `opened`: by a login. The record in Redis has the session; its `epoch` is this one or a later one.
 */
export type RefreshVerdict =
  | {
      readonly outcome: 'fresh' | 'renewed' | 'opened';
      readonly epoch: number;
      /** End of the access token, milliseconds since 1970. */
      readonly expiresAt: number;
    }
  | {
      readonly outcome: 'failed';
      readonly code: ErrorCode;
      /** Not worth trying again before. */
      readonly retryAfterSeconds: number;
    };

/** Input of `closeSession`. */
export interface CloseInput {
  /** Django's primary key as text, in canonical spelling. */
  readonly djangoUserId: string;
  /** The caller has taken the record from its readers itself; what is left is LibreChat's side. */
  readonly recordClosed: boolean;
}

/**
 * How a sign-out ended. `ended`: LibreChat's session is gone. `nothing`: there was none. `left`: LibreChat or Redis did
 * not let it be ended for a long time (see `code`); the sweep tries again.
 */
export interface CloseVerdict {
  readonly outcome: 'ended' | 'nothing' | 'left';
  readonly code?: ErrorCode;
}

/** Every workflow by name. Callers start by these names; nobody imports a workflow. */
export interface WorkflowSignatures {
  provisionAccount(input: ProvisionInput): Promise<ProvisionVerdict>;
  rotateCredential(input: RotateInput): Promise<RotateVerdict>;
  refreshSession(input: RefreshInput): Promise<RefreshVerdict>;
  closeSession(input: CloseInput): Promise<CloseVerdict>;
  reconcileAccounts(input: ReconcileInput): Promise<ReconcileVerdict>;
  startFleet(input: FleetRequest): Promise<FleetStart>;
  rotateFleet(input: FleetInput): Promise<FleetVerdict>;
  rotateShard(input: ShardInput): Promise<ShardVerdict>;
  suspendAccount(input: SuspendInput): Promise<SuspendVerdict>;
  deleteAccount(input: DeleteInput): Promise<DeleteVerdict>;
}

export type WorkflowName = keyof WorkflowSignatures;

/** Signals of `provisionAccount`. Neither takes an argument. */
export const PROVISION_SIGNALS = {
  /** An operator wants the next attempt now. */
  retryNow: 'retryNow',
  /** The row has changed: try now, and count attempts from the start. */
  changed: 'changed',
} as const;

/** What travels with every start, so that a caller who joined an open run can tell what it joined. */
export interface StartMemo {
  /**
   * Why it was started: `sign-up`, `adopt`, `scheduled`, `manual`, `repair`, `incident`, `fleet`, `visit`, `sign-out`,
   * `inactive`.
   */
  readonly reason: string;
  /** ISO 8601. */
  readonly requestedAt: string;
}

/** The reason in the memo of a fleet's rotation, which leaves a password alone that is not due any more. */
export const FLEET_REASON = 'fleet';

/**
 * Search attributes, set by workflows only: Temporal refuses a start request that names one it does not know, and
 * retries the task for ever when a workflow upserts one. The worker checks that they exist before it polls.
 */
export const SEARCH_ATTRIBUTES = {
  /** `blocked`, `paused`, or absent. */
  state: { name: 'LibreChatState', type: 'KEYWORD' },
  /** Why it is blocked or paused, or why it has failed: an error code. */
  reason: { name: 'LibreChatReason', type: 'KEYWORD' },
  /** When a blocked one tries again. */
  nextAttempt: { name: 'LibreChatNextAttempt', type: 'DATETIME' },
} as const;

/** The value of `LibreChatState` while a provisioning is blocked. */
export const BLOCKED = 'blocked';

/** The value of `LibreChatState` while a fleet run is paused. */
export const PAUSED = 'paused';
