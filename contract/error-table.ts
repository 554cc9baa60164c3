import type { ErrorCode } from './errors.ts';

/** What is known about a code. */
export interface ErrorEntry {
  /** `transient`: the same call may work later, so it is retried. `terminal`: somebody has to change something. */
  readonly kind: 'transient' | 'terminal';
  /** `system`: every user is affected. `user`: only this one. */
  readonly scope: 'system' | 'user';
  /** The status that the client library and the BFF answer with. */
  readonly httpStatus: number;
  /** What happened, in one sentence without a full stop. */
  readonly message: string;
  /** What an operator does about it. */
  readonly nextStep: string;
}

/** The one table behind every decision on a code. */
export const ERRORS: Readonly<Record<ErrorCode, ErrorEntry>> = {
  AccountBanned: {
    kind: 'terminal',
    scope: 'system',
    httpStatus: 503,
    message: 'LibreChat has banned this account or the address of the worker',
    nextStep:
      'Wait for the ban to end (2 hours by default) or lift it; set BAN_VIOLATIONS=false on a private LibreChat.',
  },
  AccountConflict: {
    kind: 'terminal',
    scope: 'user',
    httpStatus: 409,
    message: 'The address belongs to an account that this row does not own',
    nextStep:
      'Is it the account of another user? Then change the address of one of the two. Is it this user’s? Then adopt it for this row (a deletion works after that), or delete it in LibreChat.',
  },
  AccountMissing: {
    kind: 'terminal',
    scope: 'user',
    httpStatus: 409,
    message: 'LibreChat knows no account under this address, although the row is linked to one',
    nextStep:
      'Was the address changed in Django? Change it in LibreChat’s database too, or take it back. Was the account deleted in LibreChat? Clear the link to register anew.',
  },
  AddressRefused: {
    kind: 'terminal',
    scope: 'user',
    httpStatus: 422,
    message: 'The address is empty or LibreChat does not accept it',
    nextStep:
      'Correct the address in Django, or allow its domain in librechat.yaml (registration.allowedDomains).',
  },
  AdminGranted: {
    kind: 'terminal',
    scope: 'system',
    httpStatus: 503,
    message: 'LibreChat made this account an administrator, so it was not linked',
    nextStep:
      'Demote the account in LibreChat, and set LIBRECHAT_ADMIN_EMAIL so that an empty LibreChat gets its administrator first.',
  },
  AttemptLost: {
    kind: 'transient',
    scope: 'system',
    httpStatus: 503,
    message: 'The worker stood still for so long that another one may have taken over',
    nextStep: 'Nothing: the attempt is repeated. If it comes back, give the worker more CPU or memory.',
  },
  ConfigurationInvalid: {
    kind: 'terminal',
    scope: 'system',
    httpStatus: 500,
    message: 'The configuration is not valid',
    nextStep: 'Correct what the message names and start again.',
  },
  CredentialRejected: {
    kind: 'terminal',
    scope: 'user',
    httpStatus: 503,
    message: 'LibreChat does not accept the password of the row',
    nextStep: 'Rotate the credential of this user.',
  },
  DatabaseUnavailable: {
    kind: 'transient',
    scope: 'system',
    httpStatus: 503,
    message: 'PostgreSQL did not answer, or refused the statement',
    nextStep: 'Check the database, its address and the rights of the role.',
  },
  DeletionForbidden: {
    kind: 'terminal',
    scope: 'system',
    httpStatus: 403,
    message: 'LibreChat does not let accounts be deleted',
    nextStep: 'Set ALLOW_ACCOUNT_DELETION=true in LibreChat and delete the account again.',
  },
  Drift: {
    kind: 'transient',
    scope: 'user',
    httpStatus: 503,
    message: 'Row and LibreChat do not agree',
    nextStep: 'Nothing: it is repaired by itself. If it comes back, look for another writer of the row.',
  },
  EmailNotVerified: {
    kind: 'terminal',
    scope: 'system',
    httpStatus: 503,
    message: 'LibreChat waits for the address to be verified by mail',
    nextStep: 'Set ALLOW_UNVERIFIED_EMAIL_LOGIN=true in LibreChat, or run it without mail.',
  },
  InvalidUserId: {
    kind: 'terminal',
    scope: 'user',
    httpStatus: 400,
    message: 'The user id is not a Django primary key',
    nextStep:
      'Send the key as text in canonical spelling: a decimal number without leading zeros, or a lower-case hyphenated UUID.',
  },
  KeyMissing: {
    kind: 'terminal',
    scope: 'user',
    httpStatus: 503,
    message: 'The stored password opens under none of the configured keys',
    nextStep:
      'Add the key that sealed it to LIBRECHAT_ENCRYPTION_KEY. Only if that key is lost, rotate with --overwrite-unreadable.',
  },
  NotProvisioned: {
    kind: 'transient',
    scope: 'user',
    httpStatus: 503,
    message: 'The user has no LibreChat account yet',
    nextStep: 'Start provisionAccount for this user, if it is not open already; the session comes by itself.',
  },
  PasswordLoginDisabled: {
    kind: 'terminal',
    scope: 'system',
    httpStatus: 503,
    message: 'LibreChat does not allow logging in with a password',
    nextStep: 'Set ALLOW_EMAIL_LOGIN=true in LibreChat and switch LDAP off.',
  },
  PasswordUnusable: {
    kind: 'terminal',
    scope: 'user',
    httpStatus: 503,
    message: 'The password of the row can never log in at LibreChat',
    nextStep:
      'Rotate the credential of this user; check MIN_PASSWORD_LENGTH of LibreChat (32 characters are minted).',
  },
  RateLimited: {
    kind: 'transient',
    scope: 'system',
    httpStatus: 503,
    message: 'LibreChat limits the rate of this call',
    nextStep:
      'Nothing: it is repeated when LibreChat allows. Raise LOGIN_MAX, REGISTER_MAX or RESET_PASSWORD_MAX if it happens often.',
  },
  RecordUnreadable: {
    kind: 'transient',
    scope: 'user',
    httpStatus: 503,
    message: 'The session record does not open',
    nextStep:
      'Check that BFF and worker have the same LIBRECHAT_SESSION_KEY. The record is replaced by the next refresh.',
  },
  RegistrationClosed: {
    kind: 'terminal',
    scope: 'system',
    httpStatus: 503,
    message: 'LibreChat does not allow registration',
    nextStep: 'Set ALLOW_REGISTRATION=true in LibreChat, reachable from the worker only.',
  },
  RepairInProgress: {
    kind: 'transient',
    scope: 'user',
    httpStatus: 503,
    message: 'The credential of this user is being replaced right now',
    nextStep: 'Nothing: try again in a second.',
  },
  ResetLinkMismatch: {
    kind: 'terminal',
    scope: 'user',
    httpStatus: 409,
    message: 'The reset link of this address is for another account than the one in the row',
    nextStep: 'Find out whose account has the address, then correct the address or adopt the right account.',
  },
  ResetUnavailable: {
    kind: 'terminal',
    scope: 'system',
    httpStatus: 503,
    message: 'LibreChat gives out no reset link',
    nextStep: 'Set ALLOW_PASSWORD_RESET=true and run LibreChat without mail, reachable from the worker only.',
  },
  ResetUnknown: {
    kind: 'transient',
    scope: 'user',
    httpStatus: 503,
    message: 'It is not known whether LibreChat took the new password',
    nextStep: 'Nothing: the next attempt finds out.',
  },
  SessionPending: {
    kind: 'transient',
    scope: 'user',
    httpStatus: 503,
    message: 'The session is still being opened',
    nextStep: 'Nothing: try again in a second. If it stays so, check that a worker is running.',
  },
  SessionStoreUnavailable: {
    kind: 'transient',
    scope: 'system',
    httpStatus: 503,
    message: 'Redis did not answer',
    nextStep: 'Check Redis and its address.',
  },
  SignedOut: {
    kind: 'terminal',
    scope: 'user',
    httpStatus: 401,
    message: 'The user signed out in the meantime',
    nextStep: 'Nothing: the next visit opens a new session.',
  },
  TemporalUnavailable: {
    kind: 'transient',
    scope: 'system',
    httpStatus: 503,
    message: 'Temporal did not answer',
    nextStep: 'Check Temporal and TEMPORAL_ADDRESS.',
  },
  TwoFactorEnabled: {
    kind: 'terminal',
    scope: 'user',
    httpStatus: 409,
    message: 'The user switched on two-factor authentication in LibreChat',
    nextStep: 'Switch it off in LibreChat: a managed account cannot answer the second factor.',
  },
  Unrecognized: {
    kind: 'transient',
    scope: 'system',
    httpStatus: 502,
    message: 'LibreChat answered something that this version does not know',
    nextStep: 'Check LIBRECHAT_API_URL and the version of LibreChat; run the contract suite against it.',
  },
  UpstreamUnavailable: {
    kind: 'transient',
    scope: 'system',
    httpStatus: 503,
    message: 'LibreChat did not answer, or not completely',
    nextStep: 'Check LibreChat and its database.',
  },
  UserActive: {
    kind: 'terminal',
    scope: 'user',
    httpStatus: 409,
    message: 'The user is active in Django, so nothing is taken away',
    nextStep: 'Deactivate the user in Django first.',
  },
  UserInactive: {
    kind: 'terminal',
    scope: 'user',
    httpStatus: 403,
    message: 'The user is not active in Django',
    nextStep: 'Activate the user in Django.',
  },
  UserNotFound: {
    kind: 'terminal',
    scope: 'user',
    httpStatus: 404,
    message: 'The user table has no row with this id',
    nextStep:
      'Check the id, DJANGO_USER_TABLE and that the transaction was committed before the workflow was started.',
  },
};
