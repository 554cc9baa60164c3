import { readFileSync } from 'node:fs';
import { onPath } from '../../tools/parts/command.ts';

/**
 * Who runs where. LibreChat's hashing fills one core, and what we measure is how well we keep it busy: with the stand-in
 * on a core of its own and the worker on another, neither waits for the other's time slice. Temporal, PostgreSQL, Redis
 * and the bench itself run where the system puts them. Undefined: not pinned, because there is one core or no `taskset`.
 */
export interface Cores {
  readonly standIn: number | undefined;
  readonly worker: number | undefined;
}

/** The second and the first of the cores that this process may use. */
export function pinnedCores(): Cores {
  const [worker, standIn] = onPath('taskset') === undefined ? [] : allowedCores();
  return standIn === undefined ? { standIn: undefined, worker: undefined } : { standIn, worker };
}

/** A command that runs the given one on a core. */
export function onCore(
  core: number | undefined,
  command: string,
  args: readonly string[],
): [command: string, args: readonly string[]] {
  return core === undefined ? [command, args] : ['taskset', ['-c', String(core), command, ...args]];
}

/** Of `/proc`, where the list looks like `0-3,8`; a container may have got only some of the machine's cores. */
function allowedCores(): readonly number[] {
  const status = readFileSync('/proc/self/status', 'utf8');
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '';
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
