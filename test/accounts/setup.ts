import { endFor } from '../../activities/ending.ts';
import { erase } from '../../activities/ending/erase.ts';
import type { Stage } from '../../activities/ending/services.ts';
import { shutOut } from '../../activities/ending/shut-out.ts';
import type { Attempt } from '../../activities/heartbeat.ts';
import type { ClosedRecord } from '../../contract/activities.ts';
import { BridgeError } from '../../contract/errors.ts';
import { parseDjangoUserId } from '../../contract/ids.ts';
import { setup as setUpRotations, type RotationBench } from '../rotation/setup.ts';
import { heldAttempt } from '../setup/held-attempt.ts';

/** The stage that an attempt is not allowed to enter any more, and how often it may before. */
export interface LostAt {
  readonly stage: Stage;
  readonly after?: number;
}

/** What a test sees of an attempt: the outcome and its code as one word, or the code that it failed with. */
export interface EndingBench extends RotationBench {
  suspend(id: string, lostAt?: LostAt): Promise<string>;
  erase(id: string, lostAt?: LostAt): Promise<string>;
  /** The record of the last attempt. */
  readonly lastRecord: () => ClosedRecord | undefined;
  setActive(id: string, active: boolean): Promise<void>;
  /** A user who has an account, deactivated since. */
  deactivated(address: string): Promise<string>;
  /** What LibreChat says to a password. */
  login(address: string, password: string): Promise<string>;
  /** Holds an attempt at a point of a call. */
  heldAt(
    address: string,
    route: string,
    at: string,
    start: () => Promise<string>,
  ): Promise<{ release(): Promise<string> }>;
  /** As the sweep and a sign-in do it: provisions, repairs, until nothing is to be done. The last outcome. */
  heal(id: string): Promise<string>;
}

/** Real adapters and a stand-in, and the steps that take an account from its user, to be taken one by one. */
export async function setup(options: Parameters<typeof setUpRotations>[0] = {}): Promise<EndingBench> {
  const bench = await setUpRotations(options);
  const { services, database, control } = bench;
  let record: ClosedRecord | undefined;
  const end = async (
    id: string,
    how: typeof shutOut | typeof erase,
    lostAt: LostAt | undefined,
  ): Promise<string> => {
    try {
      const ended = await endFor<{ outcome: string; code?: string }>(
        services,
        parseDjangoUserId(id),
        attemptUntil(lostAt),
        how,
      );
      record = ended.record;
      const { outcome, code } = ended.verdict;
      return code === undefined ? outcome : `${outcome} ${code}`;
    } catch (error) {
      if (error instanceof BridgeError) return error.code;
      throw error;
    }
  };
  const setActive = async (id: string, active: boolean): Promise<void> => {
    await database.owner.query('UPDATE users_user SET is_active = $2 WHERE id = $1', [id, active]);
  };
  return {
    ...bench,
    suspend: (id, lostAt) => end(id, shutOut, lostAt),
    erase: (id, lostAt) => end(id, erase, lostAt),
    lastRecord: () => record,
    setActive,
    async deactivated(address) {
      const id = await bench.provisioned(address);
      await setActive(id, false);
      return id;
    },
    async login(address, password) {
      const response = await fetch(`${bench.url}/api/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email: address, password }),
      });
      const { message = String(response.status) } = (await response.json()) as { message?: string };
      return message;
    },
    async heldAt(address, route, at, start) {
      await control.fault({ route, at, action: 'hold', address });
      const ended = start();
      await control.held({ route, at, address });
      return {
        async release() {
          await control.release({ address });
          return ended;
        },
      };
    },
    async heal(id) {
      const row = await database.user(id);
      if (!row.librechat_user_id || !row.librechat_password_encrypted) return bench.open(id);
      if (row.librechat_synced_at !== null) return 'nothing to do';
      const verified = await bench.verify(id);
      if (verified !== 'rejected') return verified;
      return bench.apply(id, await bench.mint(id), { reason: 'repair' });
    },
  };
}

/** An attempt whose worker stood still, as it finds when it wants to enter a stage. */
function attemptUntil(lostAt: LostAt | undefined): Attempt<Stage> {
  let left = lostAt?.after ?? 0;
  return {
    ...heldAttempt,
    enter(stage) {
      if (stage === lostAt?.stage && left-- === 0) throw new BridgeError('AttemptLost');
    },
  };
}
