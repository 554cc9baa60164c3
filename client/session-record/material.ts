import type { AccountId } from '../../contract/ids.ts';
import type { Secret } from '../../contract/secret.ts';

/** An open LibreChat session, as a login or a refresh answers it. */
export interface SessionMaterial {
  readonly accountId: AccountId;
  /** Bearer token for LibreChat's API. Stays valid until `expiresAt`, whatever happens to the session. */
  readonly accessToken: Secret;
  /** End of the access token, milliseconds since 1970. */
  readonly expiresAt: number;
  /** The refresh cookie. Dead as soon as it is used once: only the worker ever opens it. */
  readonly refreshToken: Secret;
  /** When a login opened it, milliseconds since 1970. */
  readonly openedAt: number;
  /** LibreChat's absolute end of the session, milliseconds since 1970. A refresh does not move it. */
  readonly sessionEndsAt: number;
}
