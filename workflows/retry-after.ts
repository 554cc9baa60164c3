import { ERRORS } from '../contract/error-table.ts';
import type { ErrorCode } from '../contract/errors.ts';

/** Somebody is working on it, or the caller has to ask again: it may be right in a moment. */
const SOON: ReadonlySet<ErrorCode> = new Set(['RepairInProgress', 'NotProvisioned', 'AttemptLost']);

const SECONDS = {
  soon: 1,
  /** A system that was away comes back by itself. */
  transient: 5,
  /** A human has to change something about this user, and should see the effect soon after. */
  user: 30,
  /** A human has to change something about LibreChat or the worker. */
  system: 60,
} as const;

/** After how many seconds another refresh makes sense, where LibreChat did not say so itself. */
export function retryAfterSeconds(code: ErrorCode): number {
  if (code === 'SignedOut') return 0;
  if (SOON.has(code)) return SECONDS.soon;
  const { kind, scope } = ERRORS[code];
  return kind === 'transient' ? SECONDS.transient : SECONDS[scope];
}
