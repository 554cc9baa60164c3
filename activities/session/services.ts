import type { PasswordServices } from '../password/services.ts';
import type { SessionStore } from '../ports/session-store.ts';

/** What it takes to renew, open and end sessions. */
export interface SessionServices extends PasswordServices {
  readonly sessionStore: SessionStore;
}
