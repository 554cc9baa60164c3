import { ERRORS } from './error-table.ts';

/** Every way in which something here can go wrong. Closed: a new one is added here and in {@link ERRORS}. */
export type ErrorCode =
  | 'AccountBanned'
  | 'AccountConflict'
  | 'AccountMissing'
  | 'AddressRefused'
  | 'AdminGranted'
  | 'AttemptLost'
  | 'ConfigurationInvalid'
  | 'CredentialRejected'
  | 'DatabaseUnavailable'
  | 'DeletionForbidden'
  | 'Drift'
  | 'EmailNotVerified'
  | 'InvalidUserId'
  | 'KeyMissing'
  | 'NotProvisioned'
  | 'PasswordLoginDisabled'
  | 'PasswordUnusable'
  | 'RateLimited'
  | 'RecordUnreadable'
  | 'RegistrationClosed'
  | 'RepairInProgress'
  | 'ResetLinkMismatch'
  | 'ResetUnavailable'
  | 'ResetUnknown'
  | 'SessionPending'
  | 'SessionStoreUnavailable'
  | 'SignedOut'
  | 'TemporalUnavailable'
  | 'TwoFactorEnabled'
  | 'Unrecognized'
  | 'UpstreamUnavailable'
  | 'UserActive'
  | 'UserInactive'
  | 'UserNotFound';

/** What may go with an error across every border. Never a secret, an address, or text of an upstream answer. */
export interface ErrorContext {
  /** Our own words, added to the catalogue's message after a colon. */
  readonly detail?: string;
  /** When trying again makes sense, in seconds. */
  readonly retryAfterSeconds?: number;
  /** The original error, kept inside the process for debugging. It never crosses into Temporal. */
  readonly cause?: unknown;
}

/** The one error class of this project. Decide on `code`, never on the message. */
export class BridgeError extends Error {
  override readonly name: string = 'BridgeError';
  readonly code: ErrorCode;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, { detail, retryAfterSeconds, cause }: ErrorContext = {}) {
    super(describeError(code, detail), cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  get transient(): boolean {
    return ERRORS[this.code].kind === 'transient';
  }
}

/** `<what happened>[: <detail>]. <what to do>` */
export function describeError(code: ErrorCode, detail?: string): string {
  const { message, nextStep } = ERRORS[code];
  return `${message}${detail === undefined ? '' : `: ${detail}`}. ${nextStep}`;
}

/** Narrows a string that came over a border, for example `ApplicationFailure.type`. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERRORS, value);
}
