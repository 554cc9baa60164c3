import type { DeleteInput, DeleteVerdict } from '../contract/endings.ts';
import { accountWorkflowId } from '../contract/ids.ts';
import { endAccount } from './end-account.ts';
import { ownUser } from './own-id.ts';
import { ending } from './proxies.ts';

/**
 * Deletes the LibreChat account of a user who was deactivated. To be awaited before Django deletes the row, which has the
 * address and the password that are needed. It always ends, with a verdict, and cannot be cancelled half-way.
 */
export async function deleteAccount(input: DeleteInput): Promise<DeleteVerdict> {
  const user = ownUser(input.djangoUserId, accountWorkflowId);
  return endAccount(user, () => ending.eraseAccount({ djangoUserId: user }));
}
