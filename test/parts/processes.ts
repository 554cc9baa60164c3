import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

interface Running {
  readonly pid: number;
  readonly parent: number;
}

/** All processes of the machine but those that have ended and are only waiting to be noticed. */
function runningProcesses(): readonly Running[] {
  const lines = existsSync('/proc/self/stat') ? linesOfProc() : linesOfPs();
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([, state]) => state?.startsWith('Z') === false)
    .map(([pid, , parent]) => ({ pid: Number(pid), parent: Number(parent) }));
}

const linesOfPs = (): readonly string[] =>
  execFileSync('ps', ['-A', '-o', 'pid=,state=,ppid='], { encoding: 'utf8' }).trim().split('\n');

const linesOfProc = (): readonly string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // The name in the middle may contain anything.
        return readFileSync(`/proc/${name}/stat`, 'utf8').replace(/\(.*\)/s, '');
      } catch {
        return [];
      }
    });

/** A process, what it has started, what those have started, and so on. */
export function withDescendants(pid: number): readonly number[] {
  const all = runningProcesses();
  const found = [pid];
  for (const one of found)
    found.push(...all.filter(({ parent }) => parent === one).map((child) => child.pid));
  return found;
}

export function stillRunning(pids: readonly number[]): readonly number[] {
  const running = new Set(runningProcesses().map(({ pid }) => pid));
  return pids.filter((pid) => running.has(pid));
}
