import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { AccountActivities, CredentialActivities } from '../contract/activities.ts';

/**
 * Attempts are not counted, only spaced: a user waits for as long as LibreChat, PostgreSQL or a rate limit make it wait.
 * The heartbeat time-out is what finds a dead worker; the start-to-close time-out ends an attempt that hangs alive.
 */
const ATTEMPT = { startToCloseTimeout: '60s', heartbeatTimeout: '5s' } as const;
const PATIENT = { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '60s' } as const;
const PROMPT = { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '30s' } as const;

export const account = proxyActivities<AccountActivities>({ ...ATTEMPT, retry: PATIENT });

export const credential = proxyActivities<Pick<CredentialActivities, 'verifyCredential' | 'applyCredential'>>(
  {
    ...ATTEMPT,
    retry: PROMPT,
  },
);

/** In the workflow task itself, so that the minted password is recorded before anything can be done with it. */
export const local = proxyLocalActivities<Pick<CredentialActivities, 'mintCredential'>>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '5s' },
});
