import type { AdminGuard } from '../admin-guard.ts';
import type { LibreChatAdmin } from '../ports/librechat-admin.ts';
import type { SessionServices } from '../session/services.ts';

/** What it takes to take an account from its user. */
export interface EndingServices extends SessionServices {
  readonly libreChatAdmin: Pick<LibreChatAdmin, 'deleteAccount'>;
  readonly adminGuard: AdminGuard;
}

/** Where an attempt stands. Shown in the heartbeat details. */
export type Stage = 'session' | 'open' | 'link' | 'mark' | 'reset' | 'clear' | 'delete';

/** The attempt that a step runs in. */
export interface Attempt {
  /** Says which part begins. Throws when the attempt was cancelled, or may have been given to another worker. */
  enter(stage: Stage): void;
}

/** How often the row is read again when others write it too; then the attempt is repeated. */
export const MAX_ROUNDS = 5;
