import type { AdminGuard } from '../admin-guard.ts';
import type { LibreChatAdmin } from '../ports/librechat-admin.ts';
import type { SessionServices } from '../session/services.ts';

/** What it takes to take an account from its user. */
export interface EndingServices extends SessionServices {
  readonly libreChatAdmin: Pick<LibreChatAdmin, 'deleteAccount'>;
  readonly adminGuard: AdminGuard;
}

/** Where the attempt of an ending stands. */
export type Stage = 'session' | 'open' | 'link' | 'mark' | 'reset' | 'clear' | 'delete';

/** How often the row is read again when others write it too; then the attempt is repeated. */
export const MAX_ROUNDS = 5;
