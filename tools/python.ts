import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Time for a download over a slow line (ms). */
const INSTALL_TIMEOUT_MS = 300_000;

/**
 * Answers the path of a Python interpreter that has the given packages. They are installed on first use into a virtual
 * environment in the user's cache, named after the requirements and the Python that made it; later calls just find it.
 *
 * Run modules with `-m` (`python -m django`): the environment is moved into place when it is complete, which the
 * interpreter does not mind, but the scripts in its `bin` do.
 *
 * @param requirementsFile a pip requirements file with every version pinned
 * @throws Error when there is no `python3`, or pip fails; its message says what to do
 */
export async function pythonWith(requirementsFile: string): Promise<string> {
  const requirements = await readFile(requirementsFile);
  const base = await describePython();
  const hash = createHash('sha256').update(base).update(requirements).digest('hex').slice(0, 16);
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'hestami-librechat');
  const environment = join(cache, `python-${hash}`);
  const interpreter = join(environment, 'bin', 'python');
  if (await exists(interpreter)) return interpreter;

  await mkdir(cache, { recursive: true });
  const unfinished = `${environment}.${randomUUID()}`;
  try {
    await step(
      'python3',
      ['-m', 'venv', unfinished],
      'Install the venv module (Debian: apt-get install python3-venv).',
    );
    await step(
      join(unfinished, 'bin', 'python'),
      [
        '-m',
        'pip',
        'install',
        '--quiet',
        '--no-input',
        '--disable-pip-version-check',
        '-r',
        requirementsFile,
      ],
      'Is the package index reachable?',
    );
    await rename(unfinished, environment);
  } catch (error) {
    // Somebody else was faster: both environments are the same.
    if (!(await exists(interpreter))) throw error;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return interpreter;
}

async function describePython(): Promise<string> {
  try {
    return (await run('python3', ['-c', 'import sys; print(sys.version, sys.base_prefix)'])).stdout;
  } catch (error) {
    throw new Error('There is no python3 on PATH: install Python 3.9 or later.', { cause: error });
  }
}

async function step(command: string, args: readonly string[], advice: string): Promise<void> {
  try {
    await run(command, [...args], { timeout: INSTALL_TIMEOUT_MS });
  } catch (error) {
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    throw new Error(`\`${command} ${args.join(' ')}\` failed. ${advice}\n${output}`, { cause: error });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
