import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type {
  AccountActivities,
  CredentialActivities,
  EndingActivities,
  FleetActivities,
  SessionActivities,
  SweepActivities,
} from '../contract/activities.ts';

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

/** A fleet waits for PostgreSQL as long as it takes. */
export const fleet = proxyActivities<Pick<FleetActivities, 'findDue'>>({ ...ATTEMPT, retry: PROMPT });

/** In an incident it reads the whole table, page by page. */
export const fleetCount = proxyActivities<Pick<FleetActivities, 'countDue'>>({
  ...ATTEMPT,
  startToCloseTimeout: '10m',
  // Whoever ends the run does not wait for a worker that may be gone.
  cancellationType: 'TRY_CANCEL',
  retry: PROMPT,
});

/** Nobody waits for the end of an account, but it has to come. */
export const ending = proxyActivities<EndingActivities>({ ...ATTEMPT, retry: PATIENT });

/**
 * In the workflow task itself, so that the minted password is recorded before anything can be done with it. Longer waits
 * for PostgreSQL are timers, six events each: a task that is kept open costs as many every eight seconds.
 */
export const local = proxyLocalActivities<Pick<CredentialActivities, 'mintCredential'>>({
  startToCloseTimeout: '10s',
  localRetryThreshold: '2s',
  retry: PROMPT,
});

/**
 * A renewal that is to end within some time, for all its attempts: a wait that does not fit is not started.
 *
 * @param withinMs milliseconds
 */
export const renewalWithin = (withinMs: number): Pick<SessionActivities, 'renewSession'> =>
  proxyActivities<Pick<SessionActivities, 'renewSession'>>({
    startToCloseTimeout: '20s',
    heartbeatTimeout: '5s',
    scheduleToCloseTimeout: withinMs,
    // Three attempts within the two seconds that a browser is made to wait.
    retry: { initialInterval: '250ms', backoffCoefficient: 2, maximumAttempts: 3 },
  });

/** Nobody waits for a sign-out, but it has to end. */
export const signOut = proxyActivities<Pick<SessionActivities, 'closeRecord' | 'endClosed'>>({
  startToCloseTimeout: '60s',
  heartbeatTimeout: '5s',
  scheduleToCloseTimeout: '1h',
  retry: PROMPT,
});

/** The note spares calls, so it must not cost more than they do. */
export const localSession = proxyLocalActivities<Pick<SessionActivities, 'noteFailure'>>({
  startToCloseTimeout: '5s',
  retry: { maximumAttempts: 1 },
});

/** The next sweep comes in half a minute, and knows more: one that learns nothing gives way to it. */
export const sweep = proxyActivities<SweepActivities>({
  startToCloseTimeout: '20s',
  heartbeatTimeout: '5s',
  scheduleToCloseTimeout: '60s',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumAttempts: 3 },
});
