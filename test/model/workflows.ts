import { applyCredential } from '../../activities/rotation/apply.ts';
import type { Attempt } from '../../activities/heartbeat.ts';
import { mintCredential } from '../../activities/rotation/mint.ts';
import { verifyCredential } from '../../activities/rotation/verify.ts';
import { shutOut } from '../../activities/ending/shut-out.ts';
import { openAccount } from '../../activities/provisioning/open-account.ts';
import type { MintedCredential } from '../../contract/activities.ts';
import type { SuspendVerdict } from '../../contract/endings.ts';
import { BridgeError } from '../../contract/errors.ts';
import type { ProvisionVerdict, RotateReason, RotateVerdict } from '../../contract/messages.ts';
import { heldAttempt } from '../setup/held-attempt.ts';
import { Gates } from './gates.ts';
import { USER, type Systems } from './systems.ts';

type Activity = 'verify' | 'mint' | 'apply' | 'open' | 'shut out';

/** Why a run is started: a rotation by its reason, a suspension, a provisioning. */
export type Wish = RotateReason | 'suspend' | 'provision';

type Verdict = RotateVerdict | SuspendVerdict | ProvisionVerdict;
type Result = Verdict | MintedCredential | { readonly outcome: 'rejected' };

/** A run of the account's workflow: what Temporal keeps of it, and the attempt that it waits for. */
interface Run {
  readonly reason: Wish;
  activity: Activity;
  attempt: number;
  /** The attempt that may report; all others are zombies. */
  actor: string;
  minted: MintedCredential | undefined;
}

const FIRST: Readonly<Record<Wish, Activity>> = {
  scheduled: 'mint',
  manual: 'mint',
  incident: 'mint',
  repair: 'verify',
  suspend: 'shut out',
  provision: 'open',
};

/** Temporal as an account sees it: at most one open run of the account, results recorded once, attempts repeated. */
export class Workflows {
  readonly gates = new Gates();
  run: Run | undefined;
  /** Every secret that a history holds or held. */
  readonly recorded: string[] = [];
  /** Attempts of a rotation: those may set only what a history holds. */
  readonly rotating = new Set<string>();
  readonly #systems: Systems;
  #actors = 0;

  constructor(systems: Systems) {
    this.#systems = systems;
  }

  start(reason: Wish): void {
    if (this.run !== undefined) return;
    this.run = {
      reason,
      activity: FIRST[reason],
      attempt: 0,
      actor: '',
      minted: undefined,
    };
    this.#nextAttempt(this.run);
  }

  /** The worker of the attempt dies. */
  kill(actor: string): void {
    this.gates.forget(actor);
    this.hang(actor);
  }

  /** The worker of the attempt hangs: Temporal gives the attempt to another one, and the first wakes up some day. */
  hang(actor: string): void {
    if (this.run?.actor === actor) this.#nextAttempt(this.run);
  }

  /** Temporal forgets everything. Attempts that are under way do not know. */
  wipe(): void {
    this.run = undefined;
  }

  #nextAttempt(run: Run): void {
    run.attempt += 1;
    this.#actors += 1;
    const actor = `attempt ${this.#actors}`;
    run.actor = actor;
    if (run.activity === 'apply') this.rotating.add(actor);
    void this.#work(run, actor, run.attempt).then(
      (result) => this.run === run && run.actor === actor && this.#completed(run, result),
      (error: unknown) => this.run === run && run.actor === actor && this.#failed(run, error),
    );
  }

  async #work(run: Run, actor: string, number: number): Promise<Result> {
    const services = this.#systems.services(actor, this.gates);
    // No self-fence: the model has to hold when a process wakes up between the check and the call.
    const attempt = { ...heldAttempt, number };
    switch (run.activity) {
      case 'verify':
        return verifyCredential(services, USER, attempt.assertHeld);
      case 'mint':
        return mintCredential(services, USER, { overwriteUnreadable: false });
      case 'open':
        return openAccount(services, USER, attempt);
      case 'shut out':
        return shutOut(services, USER, attempt);
      case 'apply':
        return this.#apply(run, services, attempt);
    }
  }

  async #apply(run: Run, services: ReturnType<Systems['services']>, attempt: Attempt): Promise<Result> {
    const recorded = run.minted as MintedCredential;
    const minted =
      this.#systems.broken === 'recorded mint' ? await this.#mintAnew(services, recorded) : recorded;
    const { password: secret, mintedAtSeconds } = services.keyRing.open(minted.sealed);
    const rotation = {
      user: USER,
      reason: run.reason as RotateReason,
      minted: { sealed: minted.sealed, secret, mintedAtSeconds },
    };
    return applyCredential(services, rotation, minted.expected, attempt);
  }

  async #mintAnew(
    services: ReturnType<Systems['services']>,
    recorded: MintedCredential,
  ): Promise<MintedCredential> {
    const minted = await mintCredential(services, USER, { overwriteUnreadable: false });
    return 'outcome' in minted ? recorded : { ...minted, expected: recorded.expected };
  }

  #completed(run: Run, result: Result): void {
    if ('sealed' in result) {
      run.minted = result;
      this.recorded.push(this.#systems.keyRing.open(result.sealed).password.reveal());
      this.#next(run, 'apply');
    } else if (result.outcome === 'rejected') {
      this.#next(run, 'mint');
    } else {
      this.run = undefined;
    }
  }

  #next(run: Run, activity: Activity): void {
    run.activity = activity;
    run.attempt = 0;
    this.#nextAttempt(run);
  }

  #failed(run: Run, error: unknown): void {
    if (!(error instanceof BridgeError)) throw error;
    if (error.transient) this.#nextAttempt(run);
    else this.#completed(run, { outcome: 'failed', code: error.code });
  }
}
