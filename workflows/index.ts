import type { WorkflowSignatures } from '../contract/messages.ts';
import { provisionAccount } from './provision-account.ts';

export { provisionAccount };

/** The compiler's proof that the workflows are what contract/messages.ts promises to callers. */
export const workflows = { provisionAccount } satisfies WorkflowSignatures;
