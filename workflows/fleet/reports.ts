import { getExternalWorkflowHandle, workflowInfo } from '@temporalio/workflow';
import { ERRORS } from '../../contract/error-table.ts';
import type { ErrorCode } from '../../contract/errors.ts';
import {
  FLEET_SIGNALS,
  type ShardInput,
  type ShardPosition,
  type ShardReport,
} from '../../contract/fleet.ts';
import { codesOf, ended, failures } from '../../contract/tally.ts';

/** A report is due after so many users, or so much time (ms): each one is an event in the coordinator's history. */
const EVERY_USERS = 25;
const EVERY_MS = 30_000;
/** A failure is reported sooner (ms). */
const FAILURE_EVERY_MS = 3_000;

/** What a shard reports to its coordinator: now and then how far it is, and at once that the system fails. */
export class Reports {
  readonly #shard: number;
  #resumes: number;
  #at = Date.now();
  #ended: number;
  #failures: number;
  #systemFailures: number;

  constructor({ shard, position, resumes }: ShardInput) {
    this.#shard = shard;
    this.#resumes = resumes;
    this.#ended = ended(position.tally);
    this.#failures = failures(position.tally);
    this.#systemFailures = systemFailures(position);
  }

  /** To be called at each end of a rotation. */
  afterEnd(position: ShardPosition): void {
    const isDue =
      systemFailures(position) > this.#systemFailures ||
      ended(position.tally) - this.#ended >= EVERY_USERS ||
      Date.now() - this.#at >= (failures(position.tally) > this.#failures ? FAILURE_EVERY_MS : EVERY_MS);
    if (isDue) this.#send(position);
  }

  trouble(position: ShardPosition, code: ErrorCode): void {
    this.#send(position, code);
  }

  get resumes(): number {
    return this.#resumes;
  }

  /** From now on the reports are about rotations that were started after this resume. */
  resumed(position: ShardPosition, resumes: number): void {
    this.#send(position);
    this.#resumes = resumes;
  }

  #send(position: ShardPosition, trouble?: ErrorCode): void {
    this.#at = Date.now();
    this.#ended = ended(position.tally);
    this.#failures = failures(position.tally);
    this.#systemFailures = systemFailures(position);
    const report: ShardReport = {
      shard: this.#shard,
      position,
      resumes: this.#resumes,
      ...(trouble === undefined ? {} : { trouble }),
    };
    const { parent } = workflowInfo();
    if (parent === undefined) return;
    // To that run only: another one of the same id knows other users. The next report says it again, and the verdict does.
    getExternalWorkflowHandle(parent.workflowId, parent.runId)
      .signal(FLEET_SIGNALS.report, report)
      .catch(() => undefined);
  }
}

const systemFailures = ({ tally }: ShardPosition): number =>
  codesOf(tally.failed).reduce(
    (sum, [code, count]) => (ERRORS[code].scope === 'system' ? sum + count : sum),
    tally.lost,
  );
