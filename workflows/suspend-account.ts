import type { SuspendInput, SuspendVerdict } from '../contract/endings.ts';
import { accountWorkflowId } from '../contract/ids.ts';
import { endAccount } from './end-account.ts';
import { ownUser } from './own-id.ts';
import { ending } from './proxies.ts';

/**
 * Shuts a user who was deactivated out of LibreChat, and keeps the account. It always ends, with a verdict, and cannot be
 * cancelled half-way. A user who is activated again meanwhile is left to the sweep, as the row says what is to be done.
 */
export async function suspendAccount(input: SuspendInput): Promise<SuspendVerdict> {
  const user = ownUser(input.djangoUserId, accountWorkflowId);
  return endAccount(user, () => ending.shutOutUser({ djangoUserId: user }));
}
