import type { KeyRing } from './ports/key-ring.ts';
import type { LibreChat } from './ports/librechat.ts';
import type { SessionPublisher } from './ports/session-store.ts';
import type { UserTable } from './ports/user-table.ts';

/** What the steps need from the outside systems. `activities/adapters/` has one implementation each. */
export interface Services {
  readonly libreChat: LibreChat;
  readonly userTable: UserTable;
  readonly sessionStore: SessionPublisher;
  readonly keyRing: KeyRing;
}
