import type { WorkflowSignatures } from '../contract/messages.ts';
import { provisionAccount } from './provision-account.ts';
import { rotateCredential } from './rotate-credential.ts';

export { provisionAccount, rotateCredential };

/** The compiler's proof that the workflows are what contract/messages.ts promises to callers. */
export const workflows = { provisionAccount, rotateCredential } satisfies WorkflowSignatures;
