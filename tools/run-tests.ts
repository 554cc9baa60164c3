/* node tools/run-tests.ts [suite…] [-- arguments for jest] */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runToEnd, startParts, type Parts } from './parts/index.ts';
import { atOnce, SUITES, type Suite } from './suites.ts';
import { notRun, resultOf, table, verdict, type JestSummary, type SuiteResult } from './test-results.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const BUNDLER = 'workers/bundle.ts';
const LONGEST_SUITE_MS = 30 * 60_000;
/** After its summary jest waits, for ever, for what a test has left open. */
const LONGEST_END_MS = 15_000;

const log = (line: string): void => console.log(`• ${line}`);
const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What suites share: made when the first of them needs it, and a failure to make it is remembered too. */
class Shared {
  readonly folder: string;
  #parts: Promise<Parts> | undefined;
  #bundle: Promise<string> | undefined;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** The environment of a suite. */
  async environment(suite: Suite): Promise<Record<string, string>> {
    // Tests start hundreds of processes of the same few programs.
    const env: Record<string, string> = { NODE_COMPILE_CACHE: join(this.folder, 'compiled') };
    if (suite.needsParts) {
      const { temporal, postgres, redis } = await (this.#parts ??= this.#startParts());
      env['HESTAMI_TEST_TEMPORAL_ADDRESS'] = temporal.address;
      env['HESTAMI_TEST_POSTGRES_URL'] = postgres.adminUrl;
      env['HESTAMI_TEST_REDIS_URL'] = redis.url;
    }
    if (suite.needsBundle && existsSync(BUNDLER))
      env['WORKFLOW_BUNDLE'] = await (this.#bundle ??= this.#makeBundle());
    return env;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const parts = await this.#parts?.catch(() => undefined);
    await parts?.[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }

  #startParts(): Promise<Parts> {
    log('Starting Temporal, PostgreSQL and Redis');
    return startParts({ log });
  }

  async #makeBundle(): Promise<string> {
    const path = join(this.folder, 'workflow-bundle.js');
    await runToEnd(process.execPath, [BUNDLER, path]);
    return path;
  }
}

async function runSuite(suite: Suite, shared: Shared, jestArgs: readonly string[]): Promise<SuiteResult> {
  console.log(`\n── ${suite.name} ──`);
  try {
    const env = await shared.environment(suite);
    const begin = Date.now();
    const outcome = await runJest(suite, env, join(shared.folder, `${suite.name}.json`), jestArgs);
    return resultOf(suite.name, (Date.now() - begin) / 1_000, outcome.code, outcome.summary);
  } catch (error) {
    console.error(errorText(error));
    return notRun(suite.name, `did not run: ${errorText(error).split('\n', 1).join('')}`);
  }
}

async function runJest(
  suite: Suite,
  env: Record<string, string>,
  outputFile: string,
  jestArgs: readonly string[],
): Promise<{ code: number | null; summary: JestSummary }> {
  const node = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
  ];
  const output = ['--json', '--outputFile', outputFile, '--passWithNoTests'];
  const which = ['--roots', suite.folder, '--maxWorkers', String(suite.workers)];
  const jest = spawn(process.execPath, [...node, ...output, ...which, ...jestArgs], {
    // With --json jest prints its summary to standard output, which the file has already; reports go to standard error.
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...env },
    timeout: LONGEST_SUITE_MS,
    killSignal: 'SIGKILL',
  });
  const timer = killAfterSummary(jest, outputFile);
  const [code] = (await once(jest, 'exit')) as [number | null];
  clearInterval(timer);
  if (!existsSync(outputFile)) throw new Error(`jest ended with ${code ?? 'a signal'} and without a summary`);
  return { code, summary: JSON.parse(await readFile(outputFile, 'utf8')) as JestSummary };
}

function killAfterSummary(jest: ChildProcess, outputFile: string): NodeJS.Timeout {
  let since: number | undefined;
  return setInterval(() => {
    if (existsSync(outputFile)) since ??= Date.now();
    if (since !== undefined && Date.now() - since > LONGEST_END_MS) jest.kill('SIGKILL');
  }, 1_000);
}

/** A test that no suite runs would look like one that passes. */
function forgottenTests(): readonly SuiteResult[] {
  return globSync('test/**/*.test.ts')
    .filter((file) => !SUITES.some(({ folder }) => file.startsWith(`${folder}/`)))
    .map((file) => notRun('(none)', `${file} belongs to no suite of tools/suites.ts`));
}

const hasTests = ({ folder }: Suite): boolean => globSync(`${folder}/**/*.test.ts`).length > 0;

async function main(args: readonly string[]): Promise<boolean> {
  const separator = args.includes('--') ? args.indexOf('--') : args.length;
  const wanted = args.slice(0, separator);
  const unknown = wanted.filter((name) => !SUITES.some((suite) => suite.name === name));
  if (unknown.length > 0)
    throw new Error(
      `No such suite: ${unknown.join(', ')}. There are ${SUITES.map(({ name }) => name).join(', ')}`,
    );
  const results: SuiteResult[] = wanted.length === 0 ? [...forgottenTests()] : [];
  {
    await using shared = new Shared(await mkdtemp(join(tmpdir(), 'hestami-tests-')));
    const isWanted = ({ name }: Suite): boolean => wanted.length === 0 || wanted.includes(name);
    for (const group of atOnce(SUITES)) {
      const suites = group.filter((suite) => isWanted(suite) && hasTests(suite));
      const runs = suites.map((suite) => runSuite(suite, shared, args.slice(separator + 1)));
      results.push(...(await Promise.all(runs)));
    }
  }
  const { success, line } = verdict(results, process.env['CI'] === 'true');
  console.log(`\n${table(results)}\n\n${line}`);
  return success;
}

process.chdir(ROOT);
process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
