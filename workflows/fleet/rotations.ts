import { condition } from '@temporalio/workflow';
import { ERRORS } from '../../contract/errors.ts';
import { accountWorkflowId, parseDjangoUserId } from '../../contract/ids.ts';
import { dueBefore, type ShardInput, type Tally } from '../../contract/fleet.ts';
import type { RotateVerdict } from '../../contract/messages.ts';
import { startUnlessOpen } from '../children.ts';
import { tallied } from '../../contract/tally.ts';

function isSystemFailure(end: RotateVerdict | 'aborted'): boolean {
  if (end === 'aborted') return true;
  return end.outcome === 'failed' && end.code !== undefined && ERRORS[end.code].scope === 'system';
}

/** The rotations that a shard has open, and what became of those that have ended. */
export class Rotations {
  tally: Tally;
  /** Users whose account had another workflow open. */
  busy: string[];
  /** Since the last page: their rows are to be looked at again. */
  rotated: string[] = [];
  /** Whether the last that ended failed by a system's code: the next ones would as well. */
  systemFails = false;
  /** Rotations that were asked for in this run of the shard. */
  started = 0;
  #open = 0;
  readonly #input: ShardInput;
  readonly #onEnd: () => void;

  /** @param onEnd told each time that something has ended */
  constructor(input: ShardInput, onEnd: () => void) {
    this.tally = input.position.tally;
    this.busy = [...input.position.busy];
    this.#input = input;
    this.#onEnd = onEnd;
  }

  get hasRoom(): boolean {
    return this.#open < this.#input.window;
  }

  /** Begins the rotation of a user, and does not wait for it. */
  start(user: string, failedBefore: boolean): void {
    this.started += 1;
    this.#open += 1;
    void this.#rotate(user).then((end) => {
      this.#open -= 1;
      if (end === 'busy') this.busy.push(user);
      else {
        this.tally = tallied(this.tally, end, failedBefore);
        this.systemFails = isSystemFailure(end);
        if (end !== 'aborted' && end.outcome === 'rotated') this.rotated.push(user);
      }
      this.#onEnd();
    });
  }

  /** Waits until none is open. */
  async drained(): Promise<void> {
    await condition(() => this.#open === 0);
  }

  /** Never rejects: one rotation that ends badly does not end the shard. */
  async #rotate(user: string): Promise<RotateVerdict | 'aborted' | 'busy'> {
    const { reason, plan } = this.#input;
    const input = { djangoUserId: user, reason, onlyIfMintedBefore: dueBefore(plan, user) };
    const workflowId = accountWorkflowId(parseDjangoUserId(user));
    try {
      const rotation = await startUnlessOpen('rotateCredential', workflowId, input, { reason: 'fleet' });
      return rotation === undefined ? 'busy' : await rotation.result();
    } catch {
      return 'aborted';
    }
  }
}
