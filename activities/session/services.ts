import type { PasswordServices } from '../password/services.ts';
import type { SessionStore } from '../ports/session-store.ts';

/** What it takes to renew, open and end sessions. */
export interface SessionServices extends PasswordServices {
  readonly sessionStore: SessionStore;
}

/** The attempt that a step runs in. */
export interface Attempt {
  /** Throws when the attempt was cancelled, or may have been given to another worker. */
  assertHeld(): void;
}
