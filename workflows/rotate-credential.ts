import { CancellationScope, upsertSearchAttributes } from '@temporalio/workflow';
import { accountWorkflowId, type DjangoUserId } from '../contract/ids.ts';
import type { RotateInput, RotateVerdict } from '../contract/messages.ts';
import { codeOfFailure } from './failure-code.ts';
import { ownUser } from './own-id.ts';
import { credential, local } from './proxies.ts';
import { reasonKey } from './search-attributes.ts';

/**
 * Gives a user's LibreChat account a new password that nobody sees. It always ends, with a verdict, and cannot be
 * cancelled half-way: from the mint on, only LibreChat and the row agreeing ends it.
 */
export async function rotateCredential(input: RotateInput): Promise<RotateVerdict> {
  const user = ownUser(input.djangoUserId, accountWorkflowId);
  const verdict = await rotate(user, input);
  // For those who look for failures: operators, the sweep and the next fleet run.
  if (verdict.outcome === 'failed') upsertSearchAttributes([{ key: reasonKey, value: verdict.code ?? null }]);
  return verdict;
}

async function rotate(user: DjangoUserId, input: RotateInput): Promise<RotateVerdict> {
  try {
    if (input.reason === 'repair') {
      const verified = await verify(user, input);
      if (verified.outcome !== 'rejected') return verified;
    }
    return await CancellationScope.nonCancellable(() => mintAndApply(user, input));
  } catch (error) {
    const code = codeOfFailure(error);
    if (code === undefined) throw error;
    return { outcome: 'failed', code };
  }
}

/** A password that cannot be read cannot be verified either; at an operator's word it counts as one that is refused. */
async function verify(
  djangoUserId: DjangoUserId,
  { overwriteUnreadable }: RotateInput,
): ReturnType<typeof credential.verifyCredential> {
  try {
    return await credential.verifyCredential({ djangoUserId });
  } catch (error) {
    if (overwriteUnreadable === true && codeOfFailure(error) === 'KeyMissing') return { outcome: 'rejected' };
    throw error;
  }
}

async function mintAndApply(djangoUserId: DjangoUserId, input: RotateInput): Promise<RotateVerdict> {
  const { reason, overwriteUnreadable = false, onlyIfMintedBefore } = input;
  const condition = onlyIfMintedBefore === undefined ? {} : { onlyIfMintedBefore };
  const minted = await local.mintCredential({ djangoUserId, overwriteUnreadable, ...condition });
  if ('outcome' in minted) return minted;
  return credential.applyCredential({ ...minted, djangoUserId, reason });
}
