import { Client, Connection } from '@temporalio/client';
import type { z } from 'zod';
import { closeClient } from '../../client/temporal/index.ts';
import { BridgeError } from '../../contract/errors.ts';
import { withSecretFiles } from '../configuration/secret-files.ts';
import { loadTemporalTarget } from '../configuration/temporal-target.ts';
import { variables } from '../configuration/variables.ts';
import type { Terminal } from './command.ts';

type Name = keyof z.output<typeof variables>;
type Settings<Needed extends Name> = Pick<z.output<typeof variables>, Needed>;

/** How long Temporal may take to answer the first time (ms). */
const CONNECT_MS = 5_000;

/**
 * The variables of the worker that a command needs, and no others: an operator who only rotates has no key at hand.
 *
 * @throws BridgeError `ConfigurationInvalid`, with everything that is wrong with them, and no value
 */
export function readSettings<const Needed extends Name>(
  { environment }: Pick<Terminal, 'environment'>,
  needed: readonly Needed[],
): Settings<Needed> {
  const secrets = withSecretFiles(environment);
  const problems: string[] = secrets.problems.filter((line) => needed.some((name) => line.startsWith(name)));
  const settings: Partial<Record<Name, unknown>> = {};
  for (const name of needed) {
    if (secrets.unreadable.has(name)) continue;
    const value = secrets.environment[name];
    // An empty variable counts as unset, as for the worker.
    const parsed = variables.shape[name].safeParse(value === '' ? undefined : value);
    if (parsed.success) settings[name] = parsed.data;
    else
      problems.push(`${name} ${value ? (parsed.error.issues[0]?.message ?? 'is not valid') : 'is missing'}`);
  }
  if (problems.length > 0) throw new BridgeError('ConfigurationInvalid', { detail: problems.join('; ') });
  return settings as Settings<Needed>;
}

/** A Temporal client by the variables `TEMPORAL_*`. */
export interface OpenClient extends AsyncDisposable {
  readonly client: Client;
}

/** @throws BridgeError `ConfigurationInvalid`, `TemporalUnavailable` */
export async function openClient({ environment }: Pick<Terminal, 'environment'>): Promise<OpenClient> {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const { connectionOptions, namespace } = loadTemporalTarget(given);
  let connection: Connection;
  try {
    connection = await Connection.connect({ ...connectionOptions, connectTimeout: CONNECT_MS });
  } catch (error) {
    // Its text names the host.
    throw new BridgeError('TemporalUnavailable', { cause: error });
  }
  // The default identity names user and host, and every history keeps it.
  const client = new Client({ connection, namespace, identity: 'librechat-cli' });
  return { client, [Symbol.asyncDispose]: () => closeClient(client) };
}
