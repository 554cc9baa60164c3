import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type Logger, type WorkerOptions } from '@temporalio/worker';
import { withoutForbiddenGlobals } from './forbidden-globals.ts';

/** `.ts` from source, `.js` in the build. */
const extension = extname(import.meta.url);
const fromHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Loaded by path, by the worker and into the bundle: both must have the same one. */
export const failureConverterPath = fromHere(`../workflows/failure-converter${extension}`);

/** Where `npm run build` leaves the bundle, beside the built worker. */
const builtBundle = fromHere('../workflow-bundle.js');

/** This is the one place that knows where the workflows are. */
const workflowsPath = fromHere(`../workflows/index${extension}`);

/**
 * Bundles workflows with the bundler of this very version of `@temporalio/worker`.
 *
 * @param entry the file that exports them. Default: ours
 * @param logger told why a bundle could not be made
 * @throws Error when they import what Node has and a workflow may not, or use such a global
 */
export async function bundleWorkflows(
  entry = workflowsPath,
  logger: Logger = new DefaultLogger('WARN'),
): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: entry,
    failureConverterPath,
    logger,
    webpackConfigHook: withoutForbiddenGlobals,
  });
  return code;
}

/**
 * The workflow code of a worker: the file that was configured, else the one of the build, else (from source) a bundle
 * that is made now, which takes about a second.
 */
export async function workflowBundle(
  configured: string | undefined,
): Promise<WorkerOptions['workflowBundle']> {
  const path = configured === undefined ? builtBundle : resolve(configured);
  if (configured !== undefined || existsSync(path)) return { codePath: path };
  return { code: await bundleWorkflows() };
}

async function main(outfile: string | undefined, entry: string | undefined): Promise<void> {
  if (outfile === undefined) throw new Error('Usage: node workers/bundle.ts <outfile> [<entry>]');
  const code = await bundleWorkflows(entry === undefined ? workflowsPath : resolve(entry));
  await mkdir(dirname(resolve(outfile)), { recursive: true });
  // Renamed into place, so that a worker that starts meanwhile reads the old bundle or the new one.
  await writeFile(`${outfile}.${process.pid}`, code);
  await rename(`${outfile}.${process.pid}`, outfile);
}

if (import.meta.main) await main(process.argv[2], process.argv[3]);
