import type { WorkflowSignatures } from '../contract/messages.ts';
import { closeSession } from './close-session.ts';
import { deleteAccount } from './delete-account.ts';
import { provisionAccount } from './provision-account.ts';
import { reconcileAccounts } from './reconcile-accounts.ts';
import { refreshSession } from './refresh-session.ts';
import { rotateCredential } from './rotate-credential.ts';
import { rotateFleet } from './rotate-fleet.ts';
import { rotateShard } from './rotate-shard.ts';
import { startFleet } from './start-fleet.ts';
import { suspendAccount } from './suspend-account.ts';

export {
  closeSession,
  deleteAccount,
  provisionAccount,
  reconcileAccounts,
  refreshSession,
  rotateCredential,
  rotateFleet,
  rotateShard,
  startFleet,
  suspendAccount,
};

/** The compiler's proof that the workflows are what contract/messages.ts promises to callers. */
export const workflows = {
  closeSession,
  deleteAccount,
  provisionAccount,
  reconcileAccounts,
  refreshSession,
  rotateCredential,
  rotateFleet,
  rotateShard,
  startFleet,
  suspendAccount,
} satisfies WorkflowSignatures;
