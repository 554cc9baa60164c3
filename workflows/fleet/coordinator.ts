import {
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  log,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import {
  type FleetInput,
  type FleetPause,
  type FleetProgress,
  type FleetRequest,
  type FleetState,
  type FleetVerdict,
  type ShardReport,
  type ShardVerdict,
} from '../../contract/fleet.ts';
import { PAUSED, type WorkflowSignatures } from '../../contract/messages.ts';
import { fleetCount } from '../proxies.ts';
import { reasonKey, stateKey } from '../search-attributes.ts';
import { FRESH_BUDGET, observed, tripped } from './failure-budget.ts';
import { describeProgress, progressOf, tallyOf, verdictOf } from './progress.ts';
import { dueRule, layOut } from './plan.ts';
import { OpenShards } from './open-shards.ts';
import { ended, FIRST_POSITION } from '../../contract/tally.ts';

/** A run with more events than this stops its shards and goes on as a new one: none has 2,000. */
const LONGEST_HISTORY = 1_000;

/** One run of the coordinator: what it knows, what it was told, and the shards that it has open. */
export class Coordinator {
  readonly #input: FleetInput;
  #state: FleetState;
  #aborting = false;
  #replacement: FleetRequest | undefined;
  readonly #shards: OpenShards;

  constructor(given: FleetInput) {
    const { djangoUserIds: named } = given;
    // Twice in the list would be twice in the pages.
    const input = named === undefined ? given : { ...given, djangoUserIds: [...new Set(named)] };
    this.#input = input;
    this.#state = input.carried ?? {
      rule: dueRule(input, Date.now()),
      due: 0,
      unreadable: 0,
      leftOut: { count: 0, named: [] },
      shards: [],
      budget: FRESH_BUDGET,
      resumes: 0,
      since: { at: Date.now(), ended: 0 },
    };
    this.#shards = new OpenShards(input, {
      state: (shard) => this.#state.shards[shard] ?? { position: FIRST_POSITION, finished: false },
      ended: (shard, verdict) => this.#shardEnded(shard, verdict),
      lost: () => this.pause({ by: 'system', code: 'AttemptLost' }),
    });
  }

  get progress(): FleetProgress {
    const aborting = this.#aborting || this.#replacement !== undefined;
    return progressOf(this.#input.mode, this.#state, { aborting, now: Date.now() });
  }

  async run(): Promise<FleetVerdict> {
    if (this.#input.carried === undefined) await this.#begin();
    if (this.#input.dryRun === true && !this.#halting()) return this.#verdict('counted');
    this.#show();
    if (!this.#halting()) this.#shards.open(this.#state);
    await condition(() => this.#shards.count === 0 || this.#halting() || isLong());
    if (this.#shards.count > 0) {
      this.#shards.stop();
      await condition(() => this.#shards.count === 0);
    }
    return this.#endOrGoOn();
  }

  pause(pause: FleetPause): void {
    if (this.#state.paused?.by === 'operator') return;
    this.#state = { ...this.#state, paused: pause };
    upsertSearchAttributes([
      { key: stateKey, value: PAUSED },
      { key: reasonKey, value: pause.code ?? null },
    ]);
    this.#shards.pause();
    // What an operator wrote may hold anything.
    log.warn('The fleet run is paused, and does not go on by itself', { by: pause.by, code: pause.code });
    this.#show();
  }

  resume(): void {
    const { paused: _paused, ...state } = this.#state;
    const since = { at: Date.now(), ended: ended(tallyOf(state)) };
    this.#state = { ...state, budget: FRESH_BUDGET, resumes: state.resumes + 1, since };
    upsertSearchAttributes([
      { key: stateKey, value: null },
      { key: reasonKey, value: null },
    ]);
    this.#shards.resume(this.#state.resumes);
    this.#show();
  }

  /** Of two orders to end the later one counts. */
  abort(): void {
    this.#aborting = true;
    this.#replacement = undefined;
    this.#show();
  }

  replace(request: FleetRequest): void {
    this.#replacement = request;
    this.#aborting = false;
    this.#show();
  }

  /** A shard has reported how far it is. */
  take({ shard, position, resumes, trouble }: ShardReport): void {
    const known = this.#state.shards[shard];
    // A late report, from a shard that has ended or of another run.
    if (known === undefined || known.finished) return;
    if (ended(position.tally) < ended(known.position.tally)) return;
    const isOld = resumes < this.#state.resumes;
    const budget = isOld
      ? this.#state.budget
      : observed(this.#state.budget, known.position.tally, position.tally);
    const shards = this.#state.shards.with(shard, { ...known, position });
    this.#state = { ...this.#state, budget, shards };
    const pause: FleetPause | undefined =
      trouble === undefined || isOld ? tripped(budget) : { by: 'system', code: trouble };
    if (pause !== undefined && this.#state.paused === undefined) this.pause(pause);
    this.#show();
  }

  async #begin(): Promise<void> {
    const { djangoUserIds: among } = this.#input;
    const { rule } = this.#state;
    const scope = new CancellationScope();
    // It may take long, or wait for PostgreSQL.
    void condition(() => this.#halting()).then(() => scope.cancel());
    try {
      const question = { rule, ...(among === undefined ? {} : { among }) };
      const counted = await scope.run(() => fleetCount.countDue(question));
      this.#state = { ...this.#state, ...counted, shards: layOut(counted.due) };
    } catch (error) {
      if (!isCancellation(error)) throw error;
    }
  }

  #shardEnded(shard: number, { position, outcome }: ShardVerdict): void {
    this.take({ shard, position, resumes: this.#state.resumes });
    const shards = this.#state.shards.with(shard, { position, finished: outcome === 'finished' });
    this.#state = { ...this.#state, shards };
  }

  #halting(): boolean {
    return this.#aborting || this.#replacement !== undefined;
  }

  async #endOrGoOn(): Promise<FleetVerdict> {
    if (this.#state.paused !== undefined && (this.#halting() || this.#isFinished())) this.resume();
    if (this.#aborting) return this.#verdict('aborted');
    if (this.#replacement !== undefined)
      return continueAsNew<WorkflowSignatures['rotateFleet']>({ ...this.#replacement });
    if (this.#isFinished()) return this.#verdict('finished');
    return continueAsNew<WorkflowSignatures['rotateFleet']>({ ...this.#input, carried: this.#state });
  }

  #verdict(outcome: FleetVerdict['outcome']): FleetVerdict {
    return verdictOf(outcome, this.#input.mode, this.#state);
  }

  #isFinished(): boolean {
    return this.#state.shards.every(({ finished }) => finished);
  }

  #show(): void {
    setCurrentDetails(describeProgress(this.progress));
  }
}

const isLong = (): boolean => {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  return historyLength > LONGEST_HISTORY || continueAsNewSuggested;
};
