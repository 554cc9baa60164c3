import { setTimeout as sleep } from 'node:timers/promises';
import { BridgeError } from '../../contract/errors.ts';
import type { DjangoUserId } from '../../contract/ids.ts';
import type { RefreshVerdict } from '../../contract/messages.ts';
import { isUsable } from '../session-record/freshness.ts';
import { readRecord } from '../session-record/record.ts';
import type { SessionRecords } from '../session-record/store.ts';

/** The record is looked at again after a tenth of the time that was waited for it: 8 times in 80 ms, 40 times in 2 s. */
const PAUSE = { leastMs: 8, share: 0.1 } as const;

/**
 * Waits until there is a usable record that was written after an epoch. It is there some 20 ms before Temporal has reported
 * the end of the refresh that wrote it.
 *
 * @returns undefined when the wait was given up, or Redis does not answer
 */
export async function watchRecord(
  records: Pick<SessionRecords, 'read'>,
  user: DjangoUserId,
  afterEpoch: number,
  giveUp: AbortSignal,
): Promise<RefreshVerdict | undefined> {
  const startedAt = performance.now();
  try {
    while (!giveUp.aborted) {
      await sleep(Math.max(PAUSE.leastMs, PAUSE.share * (performance.now() - startedAt)));
      const raw = giveUp.aborted ? null : await records.read(user);
      if (raw === null) continue;
      const { epoch, expiresAt } = readRecord(raw);
      if (epoch > afterEpoch && isUsable({ expiresAt }, Date.now()))
        return { outcome: 'renewed', epoch, expiresAt };
    }
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
  }
  return undefined;
}
