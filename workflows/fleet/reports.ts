import { getExternalWorkflowHandle, workflowInfo } from '@temporalio/workflow';
import { ERRORS, type ErrorCode } from '../../contract/errors.ts';
import {
  FLEET_SIGNALS,
  type ShardInput,
  type ShardPosition,
  type ShardReport,
} from '../../contract/fleet.ts';
import { codesOf, ended } from '../../contract/tally.ts';

/** A report is due after so many users, or so much time (ms): each one is an event of the coordinator's. */
const EVERY_USERS = 50;
const EVERY_MS = 30_000;

/** What a shard tells its coordinator: now and then how far it is, and at once that the system fails. */
export class Reports {
  readonly #shard: number;
  #at = Date.now();
  #ended: number;
  #systemFailures: number;

  constructor({ shard, position }: ShardInput) {
    this.#shard = shard;
    this.#ended = ended(position.tally);
    this.#systemFailures = systemFailures(position);
  }

  /** To be told of each end of a rotation. */
  afterEnd(position: ShardPosition): void {
    const isDue =
      systemFailures(position) > this.#systemFailures ||
      ended(position.tally) - this.#ended >= EVERY_USERS ||
      Date.now() - this.#at >= EVERY_MS;
    if (isDue) this.#send({ shard: this.#shard, position });
  }

  trouble(position: ShardPosition, code: ErrorCode): void {
    this.#send({ shard: this.#shard, position, trouble: code });
  }

  #send(report: ShardReport): void {
    this.#at = Date.now();
    this.#ended = ended(report.position.tally);
    this.#systemFailures = systemFailures(report.position);
    const { parent } = workflowInfo();
    if (parent === undefined) return;
    // The next report says it again, and the verdict does.
    getExternalWorkflowHandle(parent.workflowId)
      .signal(FLEET_SIGNALS.report, report)
      .catch(() => undefined);
  }
}

const systemFailures = ({ tally }: ShardPosition): number =>
  codesOf(tally.failed).reduce(
    (sum, [code, count]) => (ERRORS[code].scope === 'system' ? sum + count : sum),
    tally.aborted,
  );
