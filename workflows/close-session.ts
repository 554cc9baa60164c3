import { upsertSearchAttributes } from '@temporalio/workflow';
import { signOutWorkflowId } from '../contract/ids.ts';
import type { CloseInput, CloseVerdict } from '../contract/messages.ts';
import { codeOfFailure, codeOfTimeout } from './failure-code.ts';
import { ownUser } from './own-id.ts';
import { signOut } from './proxies.ts';
import { reasonKey } from './search-attributes.ts';

/**
 * Ends a user's session: first the record, so that nobody reads it and no writer brings it back, then LibreChat's session.
 * It always ends; what it could not do in an hour is left to the sweep.
 */
export async function closeSession(input: CloseInput): Promise<CloseVerdict> {
  const user = ownUser(input.djangoUserId, signOutWorkflowId);
  try {
    if (!input.recordClosed) await signOut.closeRecord({ djangoUserId: user });
    return await signOut.endClosed({ djangoUserId: user });
  } catch (error) {
    const code = codeOfTimeout(error) ?? codeOfFailure(error);
    if (code === undefined) throw error;
    // From this the sweep knows how long to wait before the next attempt.
    upsertSearchAttributes([{ key: reasonKey, value: code }]);
    return { outcome: 'left', code };
  }
}
