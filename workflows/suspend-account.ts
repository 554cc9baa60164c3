import { CancellationScope } from '@temporalio/workflow';
import type { Ended } from '../contract/activities.ts';
import { accountWorkflowId, type DjangoUserId } from '../contract/ids.ts';
import type { SuspendInput, SuspendVerdict } from '../contract/endings.ts';
import { finishSignOut } from './children.ts';
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

/** What follows the end of an account: LibreChat's session of a record that was closed is ended too. */
export function endAccount<Verdict>(
  user: DjangoUserId,
  end: () => Promise<Ended<Verdict>>,
): Promise<Verdict> {
  return CancellationScope.nonCancellable(async () => {
    const { verdict, record } = await end();
    if (record !== 'none') await finishSignOut(user, record === 'closed');
    return verdict;
  });
}
