import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WorkflowContinuedAsNewError, type WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { SEARCH_ATTRIBUTES } from '../../contract/messages.ts';
import { waitUntil } from '../parts/index.ts';
import type { World } from '../world.ts';

const LONGEST_WAIT_MS = 30_000;

/** Keeps the histories of runs as files, one for each course that a workflow can take. */
export class Recorder {
  readonly #world: World;
  readonly #folder: string;

  constructor(world: World, folder: string) {
    this.#world = world;
    this.#folder = folder;
  }

  /** Forgets what was recorded before. */
  async clear(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
    await mkdir(this.#folder, { recursive: true });
  }

  /** Writes down a run as it is now, open or closed. */
  async record(name: string, workflowId: string, runId: string): Promise<void> {
    const history = await this.#world.client.workflow.getHandle(workflowId, runId).fetchHistory();
    const text = `${JSON.stringify(JSON.parse(historyToJSON(history)), undefined, 2)}\n`;
    await writeFile(join(this.#folder, `${name}.json`), text);
  }

  /** Waits until a run goes on as another, and writes it down. Answers the other. */
  async recordContinued(name: string, workflowId: string, runId: string): Promise<string> {
    const handle = this.#world.client.workflow.getHandle(workflowId, runId, { followRuns: false });
    const end: unknown = await handle.result().catch((error: unknown) => error);
    if (!(end instanceof WorkflowContinuedAsNewError))
      throw new Error(`${name} did not go on`, { cause: end });
    await this.record(name, workflowId, runId);
    return end.newExecutionRunId;
  }

  /** Waits until a run is blocked and its timer runs. */
  async blocked({ workflowId }: WorkflowHandle, runId: string): Promise<void> {
    const handle = this.#world.client.workflow.getHandle(workflowId, runId);
    await waitUntil(
      `${workflowId} is blocked`,
      async () => {
        const { events } = await handle.fetchHistory();
        const isBlocked = (events ?? []).some(
          ({ timerStartedEventAttributes }) => timerStartedEventAttributes,
        );
        return isBlocked && (await this.#reasonOf(handle)) !== undefined;
      },
      LONGEST_WAIT_MS,
    );
  }

  async #reasonOf(handle: WorkflowHandle): Promise<unknown> {
    const { typedSearchAttributes } = await handle.describe();
    return typedSearchAttributes.getAll().find(({ key }) => key.name === SEARCH_ATTRIBUTES.reason.name)
      ?.value;
  }
}
