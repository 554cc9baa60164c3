import { condition, continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { DuePage } from '../../contract/activities.ts';
import type { ErrorCode } from '../../contract/errors.ts';
import type { ShardInput, ShardPosition, ShardVerdict } from '../../contract/fleet.ts';
import type { WorkflowSignatures } from '../../contract/messages.ts';
import { look } from './due-look.ts';
import { wantsOperator } from './failure-budget.ts';
import { Reports } from './reports.ts';
import { Room } from './room.ts';
import { Rotations } from './rotations.ts';

/** What a shard has been told. Changed by its signals. */
export interface Orders {
  readonly paused: boolean;
  readonly stopping: boolean;
  readonly resumes: number;
}

/** Users that are looked up at once. */
const PAGE = 20;
/** A run continues as new after so many rotations of some 10 events each, or so many events: none has 2,000. */
const ROTATIONS_PER_RUN = 80;
const LONGEST_HISTORY = 1_200;
/** How long before busy users are visited again (ms), and in how many passes. */
const BUSY_PAUSE_MS = 30_000;
const BUSY_PASSES = 5;

/** One run of a shard: pages of due users, a window of rotations, and those who were busy at the end. */
export class Shard {
  readonly #input: ShardInput;
  readonly #orders: Orders;
  readonly #rotations: Rotations;
  readonly #reports: Reports;
  readonly #room: Room;
  #resumed = false;
  #place: Pick<ShardPosition, 'phase' | 'after' | 'visiting' | 'passes'>;

  constructor(input: ShardInput, orders: Orders) {
    this.#input = input;
    this.#orders = orders;
    this.#place = input.position;
    this.#rotations = new Rotations(input, (late) => {
      if (late !== undefined) this.#takeOut(late);
      this.#reports.afterEnd(this.position);
    });
    this.#reports = new Reports(input);
    this.#room = new Room(
      {
        isHalted: () => this.#halted(),
        isLong: () => this.#isLong(),
        lookAround: () => this.#look(0),
      },
      this.#rotations,
    );
  }

  get position(): ShardPosition {
    const { phase, after, visiting, passes } = this.#place;
    const { busy, tally } = this.#rotations;
    return { phase, after, visiting, passes, busy, tally };
  }

  async run(): Promise<ShardVerdict> {
    for (;;) {
      await condition(() => !this.#orders.paused || this.#orders.stopping);
      if (this.#orders.stopping) return this.#end('stopped');
      if (this.#reports.resumes < this.#orders.resumes) await this.#begin(this.#orders.resumes);
      if (this.#isLong()) {
        await this.#settle();
        return this.#orders.stopping ? this.#end('stopped') : this.#continueAsNew();
      }
      const more = this.#place.phase === 'busy' ? await this.#visitBusy() : await this.#visitPage();
      if (!more) return this.#end('finished');
    }
  }

  async #continueAsNew(): Promise<never> {
    const { position } = this;
    const { paused, resumes } = this.#orders;
    return continueAsNew<WorkflowSignatures['rotateShard']>({ ...this.#input, position, paused, resumes });
  }

  async #end(outcome: ShardVerdict['outcome']): Promise<ShardVerdict> {
    await this.#settle();
    return { outcome, position: this.position };
  }

  /** Waits for what is open, and looks again at the rows that no page has looked at. */
  async #settle(): Promise<void> {
    await this.#rotations.drained();
    if (this.#rotations.rotated.length > 0) await this.#look(0);
  }

  /** Waiting grows a history too: each look and each timer is some events. */
  #isLong(): boolean {
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    return (
      this.#rotations.started >= ROTATIONS_PER_RUN ||
      historyLength > LONGEST_HISTORY ||
      continueAsNewSuggested
    );
  }

  /** What was started before the run was resumed is reported first: its failures are no reason to pause again. */
  async #begin(resumes: number): Promise<void> {
    this.#resumed = true;
    // What is open may be waiting for LibreChat to recover.
    await this.#look(0);
    await this.#rotations.drained();
    this.#reports.resumed(this.position, resumes);
    // The look above has used it up, and what was open may have met LibreChat's trouble again.
    this.#resumed = true;
  }

  async #visitPage(): Promise<true> {
    const page = await this.#look(PAGE);
    const failedBefore = new Set(page.failedBefore);
    for (const user of page.users) {
      if (!(await this.#room.free())) return true;
      this.#rotations.start(user.djangoUserId, failedBefore.has(user.djangoUserId));
      this.#place = { ...this.#place, after: user };
    }
    this.#place = { ...this.#place, after: page.after };
    if (page.waitSeconds !== undefined) await this.#pauseOrTime(page.waitSeconds * 1_000);
    else if (page.exhausted) await this.#nextPhase();
    return true;
  }

  async #nextPhase(): Promise<void> {
    if (this.#place.phase === 'future' && this.#input.among === undefined) {
      this.#place = { ...this.#place, phase: 'old', after: null };
      return;
    }
    await this.#settle();
    this.#place = { ...this.#place, phase: 'busy', after: null };
  }

  /** @returns whether anybody is left to be visited */
  async #visitBusy(): Promise<boolean> {
    const { visiting, passes } = this.#place;
    const [user] = visiting;
    if (user !== undefined) {
      await this.#visitAgain(user);
      return true;
    }
    await this.#settle();
    if (this.#rotations.busy.length === 0 || passes >= BUSY_PASSES) return false;
    await this.#pauseOrTime(BUSY_PAUSE_MS);
    if (this.#halted()) return true;
    this.#place = { ...this.#place, visiting: this.#rotations.busy, passes: passes + 1 };
    this.#rotations.busy = [];
    return true;
  }

  async #visitAgain(user: string): Promise<void> {
    const page = await this.#look(PAGE, [user]);
    const isDue = page.users.length > 0;
    if (page.waitSeconds !== undefined) await this.#pauseOrTime(page.waitSeconds * 1_000);
    if (isDue ? !(await this.#room.free()) : page.waitSeconds !== undefined) return;
    // The rotation that was given up may have ended meanwhile, and then has been counted.
    if (!this.#place.visiting.includes(user)) return;
    this.#takeOut(user);
    if (isDue) this.#rotations.start(user, page.failedBefore.includes(user));
    else this.#rotations.passOver();
  }

  /** From those who are still to be visited. */
  #takeOut(user: string): void {
    const visiting = this.#place.visiting.filter((other) => other !== user);
    this.#place = { ...this.#place, visiting };
  }

  /** @param among only these, instead of those of the shard */
  async #look(limit: number, among?: readonly string[]): Promise<DuePage> {
    const { rotated } = this.#rotations;
    const resumed = this.#resumed;
    this.#rotations.rotated = [];
    this.#resumed = false;
    const given = { limit, place: this.#place, rotated, resumed };
    const page = await look(this.#input, among === undefined ? given : { ...given, among });
    const { tally } = this.#rotations;
    this.#rotations.tally = { ...tally, drift: tally.drift + page.drift };
    if (page.trouble !== undefined) this.#tellTrouble(page.trouble);
    return page;
  }

  #tellTrouble(code: ErrorCode): void {
    if (wantsOperator(code)) this.#reports.trouble(this.position, code);
  }

  #halted(): boolean {
    return this.#orders.paused || this.#orders.stopping;
  }

  async #pauseOrTime(ms: number): Promise<void> {
    await condition(() => this.#halted(), ms);
  }
}
