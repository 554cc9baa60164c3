import { condition } from '@temporalio/workflow';
import { accountWorkflowId, parseDjangoUserId } from '../../contract/ids.ts';
import { dueBefore } from '../../contract/due.ts';
import { type ShardInput, type Tally } from '../../contract/fleet.ts';
import { FLEET_REASON, type RotateVerdict } from '../../contract/messages.ts';
import { startUnlessOpen } from '../children.ts';
import { isSystemFailure, tallied } from '../../contract/tally.ts';

/** How long open rotations are waited for (ms): each takes a second, after waiting for LibreChat's limits. */
const LONGEST_DRAIN_MS = 60_000;

/** The rotations that a shard has open, and what became of those that have ended. */
export class Rotations {
  tally: Tally;
  /** Users whose account had another workflow open. */
  busy: string[];
  /** Users rotated since the last page: their rows are to be looked at again. */
  rotated: string[] = [];
  /** Whether the last that ended failed by a system's code: the next ones would as well. */
  systemFails = false;
  /** Rotations that were asked for in this run of the shard. */
  started = 0;
  /** Users whose rotation is open, and is waited for. */
  readonly #open = new Set<string>();
  readonly #input: ShardInput;
  readonly #onEnd: (late?: string) => void;

  /** @param onEnd told each time that something has ended, and of whom, if that was no longer waited for */
  constructor(input: ShardInput, onEnd: (late?: string) => void) {
    this.tally = input.position.tally;
    this.busy = [...input.position.busy];
    this.#input = input;
    this.#onEnd = onEnd;
  }

  get hasRoom(): boolean {
    return this.#open.size < this.#input.window;
  }

  /** Begins the rotation of a user, and does not wait for it. */
  start(user: string, failedBefore: boolean): void {
    this.started += 1;
    this.#open.add(user);
    void this.#rotate(user).then((end) => {
      // One that is no longer waited for may end all the same.
      const isLate = !this.#open.delete(user);
      if (isLate) this.busy = this.busy.filter((other) => other !== user);
      if (end === 'busy') this.busy.push(user);
      else {
        this.tally = tallied(this.tally, end, failedBefore);
        this.systemFails = isSystemFailure(end);
        if (end !== 'lost' && end.outcome === 'rotated') this.rotated.push(user);
      }
      this.#onEnd(isLate ? user : undefined);
    });
  }

  /** Somebody else has rotated a user who was to be visited again. */
  passOver(): void {
    this.tally = { ...this.tally, passedOver: this.tally.passedOver + 1 };
  }

  /**
   * Waits until none is open, but not for ever: LibreChat may answer one user with an error that is retried for ever.
   * Users whose rotation is still open count as busy.
   */
  async drained(): Promise<void> {
    await condition(() => this.#open.size === 0, LONGEST_DRAIN_MS);
    this.busy.push(...this.#open);
    this.#open.clear();
  }

  /** Never rejects: one rotation that ends badly does not end the shard. */
  async #rotate(user: string): Promise<RotateVerdict | 'lost' | 'busy'> {
    const { reason, rule } = this.#input;
    const input = { djangoUserId: user, reason, onlyIfMintedBefore: dueBefore(rule, user) };
    const workflowId = accountWorkflowId(parseDjangoUserId(user));
    try {
      const rotation = await startUnlessOpen('rotateCredential', workflowId, input, { reason: FLEET_REASON });
      return rotation === undefined ? 'busy' : await rotation.result();
    } catch {
      return 'lost';
    }
  }
}
