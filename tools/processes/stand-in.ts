import { fileURLToPath } from 'node:url';
import { spawnManaged, type ManagedProcess } from '../parts/managed-process.ts';
import { StandInControl } from './stand-in-control.ts';

/** A stand-in in a process of its own, so that its hashing blocks nobody else. */
export interface StandInProcess {
  readonly url: string;
  readonly control: StandInControl;
  readonly process: ManagedProcess;
}

/** Flags of `standin/main.ts`, without the dashes. */
export type StandInFlags = Readonly<Record<string, string | number>>;

/** Limits that no test or demo comes near, for whoever is not about limits. */
export const UNLIMITED: StandInFlags = {
  'login-max': 1_000_000,
  'register-max': 1_000_000,
  'reset-password-max': 1_000_000,
};

const MAIN = fileURLToPath(new URL('../../standin/main.ts', import.meta.url));

/**
 * Starts a stand-in and waits until it listens.
 *
 * @param pinTo the core that it is to run on, where there is `taskset`
 */
export async function startStandInProcess(flags: StandInFlags = {}, pinTo?: number): Promise<StandInProcess> {
  const args = ['--disable-warning=ExperimentalWarning', MAIN];
  for (const [name, value] of Object.entries({ 'control-port': 0, port: 0, ...flags }))
    args.push(`--${name}`, String(value));
  const [command, allArgs] =
    pinTo === undefined
      ? [process.execPath, args]
      : ['taskset', ['-c', String(pinTo), process.execPath, ...args]];
  const standIn = await spawnManaged(command, allArgs);
  const line = await standIn.waitForLine(/^\{"url"/);
  const { url, controlUrl } = JSON.parse(line) as { url: string; controlUrl: string };
  return { url, control: new StandInControl(controlUrl), process: standIn };
}
