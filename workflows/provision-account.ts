import {
  condition,
  continueAsNew,
  defineSignal,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { ERRORS } from '../contract/error-table.ts';
import type { ErrorCode } from '../contract/errors.ts';
import { accountWorkflowId, type DjangoUserId } from '../contract/ids.ts';
import {
  BLOCKED,
  PROVISION_SIGNALS,
  type ProvisionInput,
  type ProvisionVerdict,
} from '../contract/messages.ts';
import { nextAttemptDelayMs } from './cadence.ts';
import { codeOfFailure } from './failure-code.ts';
import { ownUser } from './own-id.ts';
import { account } from './proxies.ts';
import { nextAttemptKey, reasonKey, stateKey } from './search-attributes.ts';

const retryNow = defineSignal(PROVISION_SIGNALS.retryNow);
const changed = defineSignal(PROVISION_SIGNALS.changed);

/**
 * Gives a Django user a LibreChat account. It ends when the user has one, or must not have one; as long as somebody has
 * to change something first, it stays open, says why, and tries again.
 */
export async function provisionAccount(input: ProvisionInput): Promise<ProvisionVerdict> {
  const user = ownUser(input.djangoUserId, accountWorkflowId);
  const blockedAttempts = input.blockedAttempts ?? 0;
  const wishes = { retry: false, startOver: false };
  setHandler(retryNow, () => void (wishes.retry = true), { description: 'Try again now' });
  setHandler(changed, () => void (wishes.startOver = true), {
    description: 'The row has changed: try again now',
  });
  // A signal that came with the start is granted by this very attempt.
  wishes.retry = wishes.startOver = false;

  const result = await attempt(user);
  if (typeof result !== 'string') {
    if (workflowInfo().typedSearchAttributes.get(stateKey) === BLOCKED) showUnblocked();
    return result;
  }
  const delayMs = nextAttemptDelayMs(user, blockedAttempts);
  showBlocked(result, new Date(Date.now() + delayMs));
  await condition(() => wishes.retry || wishes.startOver, delayMs);
  return continueAsNew<typeof provisionAccount>({
    djangoUserId: user,
    blockedAttempts: wishes.startOver ? 0 : blockedAttempts + 1,
  });
}

/** The verdict, or the code of what blocks this user. Anything else fails the run. */
async function attempt(user: DjangoUserId): Promise<ProvisionVerdict | ErrorCode> {
  try {
    return await account.openAccount({ djangoUserId: user });
  } catch (error) {
    const code = codeOfFailure(error);
    if (code === undefined) throw error;
    return code;
  }
}

function showBlocked(code: ErrorCode, nextAttemptAt: Date): void {
  upsertSearchAttributes([
    { key: stateKey, value: BLOCKED },
    { key: reasonKey, value: code },
    { key: nextAttemptKey, value: nextAttemptAt },
  ]);
  const { message, nextStep } = ERRORS[code];
  setCurrentDetails(
    `**Blocked: ${code}.** ${message}.\n\n${nextStep}\n\nNext attempt: ${nextAttemptAt.toISOString()}, or at once ` +
      `by the signal \`${PROVISION_SIGNALS.retryNow}\`.`,
  );
}

function showUnblocked(): void {
  upsertSearchAttributes([
    { key: stateKey, value: null },
    { key: reasonKey, value: null },
    { key: nextAttemptKey, value: null },
  ]);
}
