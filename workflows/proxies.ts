import { proxyActivities } from '@temporalio/workflow';
import type { AccountActivities } from '../contract/activities.ts';

/**
 * Opening an account may wait for as long as LibreChat, PostgreSQL or a rate limit make it wait: attempts are not
 * counted, only spaced. The heartbeat time-out is what finds a dead worker; the start-to-close time-out ends an attempt
 * that hangs alive.
 */
export const account = proxyActivities<AccountActivities>({
  startToCloseTimeout: '60s',
  heartbeatTimeout: '5s',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '60s' },
});
