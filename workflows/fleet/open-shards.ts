import { sleep, startChild, workflowInfo, type ChildWorkflowHandle } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { shardOf, type DueRule } from '../../contract/due.ts';
import {
  SHARD_SIGNALS,
  type FleetInput,
  type FleetState,
  type ShardInput,
  type ShardState,
  type ShardVerdict,
} from '../../contract/fleet.ts';
import { shardWorkflowId } from '../../contract/ids.ts';
import type { WorkflowSignatures } from '../../contract/messages.ts';
import { WORKFLOW_TASK_TIMEOUT_MS } from '../../contract/numbers.ts';
import { reasonOf, windowOf } from './plan.ts';

type Handle = ChildWorkflowHandle<WorkflowSignatures['rotateShard']>;

/** A shard of a run that was terminated ends a moment later (ms). */
const OLD_SHARD_PAUSE_MS = 1_000;

/** What a coordinator hears of its shards, and what they start from. */
export interface ShardOwner {
  /** Where the shard is to start, as far as is known now. */
  state(shard: number): ShardState;
  ended(shard: number, verdict: ShardVerdict): void;
  /** It was terminated, or failed by a defect; it is started again where it was. */
  lost(): void;
}

/** The shards that a coordinator has open. They end with it, but not what they have started. */
export class OpenShards {
  readonly #input: FleetInput;
  readonly #owner: ShardOwner;
  readonly #handles = new Map<number, Handle>();
  #paused = false;
  #resumes = 0;
  #stopping = false;
  #count = 0;

  constructor(input: FleetInput, owner: ShardOwner) {
    this.#input = input;
    this.#owner = owner;
  }

  get count(): number {
    return this.#count;
  }

  /** Starts the shards that have not finished. */
  open({ shards, rule, paused, resumes }: FleetState): void {
    this.#paused = paused !== undefined;
    this.#resumes = resumes;
    shards.forEach(({ finished }, shard) => {
      if (finished) return;
      this.#count += 1;
      void this.#follow(shard, shards.length, rule).then(() => (this.#count -= 1));
    });
  }

  pause(): void {
    this.#paused = true;
    this.#tellAll('pause');
  }

  resume(resumes: number): void {
    this.#paused = false;
    this.#resumes = resumes;
    this.#tellAll('resume');
  }

  /** They finish what is open, and end. */
  stop(): void {
    this.#stopping = true;
    this.#tellAll('stop');
  }

  #tellAll(order: keyof typeof SHARD_SIGNALS): void {
    for (const handle of this.#handles.values()) this.#tell(handle, order);
  }

  #tell(handle: Handle, order: keyof typeof SHARD_SIGNALS): void {
    const args = order === 'stop' ? [] : [this.#resumes];
    // One that has just ended needs no orders.
    handle.signal<unknown[]>(SHARD_SIGNALS[order], ...args).catch(() => undefined);
  }

  /** Until it has ended with a verdict. */
  async #follow(shard: number, shards: number, rule: DueRule): Promise<void> {
    for (;;) {
      const { position } = this.#owner.state(shard);
      if (this.#stopping) return this.#owner.ended(shard, { outcome: 'stopped', position });
      const given = { paused: this.#paused, resumes: this.#resumes };
      const handle = await this.#start({ ...this.#basis(shard, shards, rule), ...given, position });
      if (handle === undefined) continue;
      this.#handles.set(shard, handle);
      // Orders that were given while it was being started have not reached it.
      if (this.#stopping) this.#tell(handle, 'stop');
      if (this.#resumes > given.resumes) this.#tell(handle, 'resume');
      if (this.#paused && (!given.paused || this.#resumes > given.resumes)) this.#tell(handle, 'pause');
      const verdict = await handle.result().catch(() => undefined);
      this.#handles.delete(shard);
      if (verdict !== undefined) return this.#owner.ended(shard, verdict);
      this.#owner.lost();
    }
  }

  #basis(shard: number, shards: number, rule: DueRule): Omit<ShardInput, 'position' | 'paused' | 'resumes'> {
    const { djangoUserIds } = this.#input;
    const among = djangoUserIds?.filter((user) => shardOf(user, shards) === shard);
    return {
      shard,
      shards,
      rule,
      window: windowOf(shards),
      reason: reasonOf(this.#input),
      ...(among === undefined ? {} : { among }),
    };
  }

  /** Undefined where one of an earlier run is still open. */
  async #start(input: ShardInput): Promise<Handle | undefined> {
    try {
      return await startChild<WorkflowSignatures['rotateShard']>('rotateShard', {
        workflowId: shardWorkflowId(workflowInfo().workflowId, input.shard),
        args: [input],
        workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      await sleep(OLD_SHARD_PAUSE_MS);
      return undefined;
    }
  }
}
