import { CancellationScope } from '@temporalio/workflow';
import type { Ended } from '../contract/activities.ts';
import type { DjangoUserId } from '../contract/ids.ts';
import { finishSignOut } from './children.ts';

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
