/*
 * node tools/replay-histories.ts
 * Runs the workflows of today (WORKFLOW_BUNDLE, else a bundle made now) over every history in test/histories. One that
 * takes another course than it was recorded with would break the runs that are open when this version is deployed.
 */
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { failureConverterPath, workflowBundle } from '../workers/bundle.ts';

const FOLDER = fileURLToPath(new URL('../test/histories/', import.meta.url));

const NEXT_STEP =
  'Runs that are open when this version is deployed would break likewise. Undo the change of course, or keep the old ' +
  'course behind patched(); where no deployed version has it, `npm run histories -- <workflow>` records the new one. ' +
  'CONTRIBUTING.md has the steps.';

interface Recorded {
  /** The file, by which a failure is named. */
  readonly name: string;
  readonly workflowId: string;
  /** On which it ran: workflows ask for it. */
  readonly taskQueue: string;
  readonly history: unknown;
}

async function read(path: string): Promise<Recorded> {
  const history = JSON.parse(await readFile(path, 'utf8')) as {
    events: {
      workflowExecutionStartedEventAttributes?: { workflowId?: string; taskQueue?: { name?: string } };
    }[];
  };
  const name = relative(FOLDER, join(dirname(path), basename(path, '.json')));
  const { workflowId, taskQueue } = history.events[0]?.workflowExecutionStartedEventAttributes ?? {};
  if (workflowId === undefined || taskQueue?.name === undefined)
    throw new Error(`${name} does not say its workflow id and its queue`);
  return { name, workflowId, taskQueue: taskQueue.name, history };
}

/** A line for every history that does not replay. */
async function replay(recorded: readonly Recorded[]): Promise<readonly string[]> {
  const bundle = await workflowBundle(process.env['WORKFLOW_BUNDLE'] || undefined);
  if (bundle === undefined) throw new Error('There is no bundle');
  const problems: string[] = [];
  for (const [taskQueue, group] of Map.groupBy(recorded, (one) => one.taskQueue)) {
    // The type of the options does not know the queue; without it a workflow is told a made-up one.
    const queue = { taskQueue };
    const options = { workflowBundle: bundle, dataConverter: { failureConverterPath }, ...queue };
    problems.push(...(await replayOn(options, group)));
  }
  return problems;
}

async function replayOn(
  options: Parameters<typeof Worker.runReplayHistories>[0],
  recorded: readonly Recorded[],
): Promise<readonly string[]> {
  const problems: string[] = [];
  let count = 0;
  for await (const { error } of Worker.runReplayHistories(options, recorded)) {
    const { name } = recorded[count++] ?? { name: 'a history that nobody recorded' };
    if (error) problems.push(`${name}: ${error.name}: ${error.message}`);
  }
  if (count !== recorded.length) problems.push(`Only ${count} of ${recorded.length} were replayed`);
  return problems;
}

Runtime.install({
  // Core reports each violation, and so do we.
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' }, forward: {} } },
});
const paths = globSync(join(FOLDER, '**/*.json')).toSorted();
if (paths.length === 0) throw new Error(`There is no history in ${FOLDER}`);
const problems = await replay(await Promise.all(paths.map(read)));
for (const problem of problems) console.error(problem);
if (problems.length > 0) console.error(NEXT_STEP);
console.log(`${paths.length} histories replayed, ${problems.length} of them differently`);
process.exit(problems.length === 0 ? 0 : 1);
