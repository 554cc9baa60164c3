import type { Client, ConnectionOptions } from '@temporalio/client';
import type * as workflows from './temporal/index.ts';

/** Where Temporal is, in the words of its own client, or a client that the application has anyway. */
export type TemporalTarget = Client | (ConnectionOptions & { readonly namespace?: string });

/** Temporal's client together with what we do with it. */
export interface Temporal {
  readonly client: Client;
  readonly workflows: typeof workflows;
}

/** Access to Temporal that is set up once, and connects with the first call. */
export interface TemporalAccess {
  use(): Promise<Temporal>;
  /** Ends our calls, and closes the connection if it was made here. */
  close(): Promise<void>;
}

/**
 * Temporal's client takes a third of a second to load, and a warm session never needs it: so it is not imported with this
 * package, but in the background as soon as it is known where Temporal is.
 *
 * @param identity shown to operators beside what was started; the default of Temporal's client names the host
 */
export function accessTemporal(target: TemporalTarget, identity: string): TemporalAccess {
  const isOurs = !('workflow' in target);
  const loaded = load(target, identity);
  // Whoever uses it hears of it.
  loaded.catch(() => undefined);
  let closed: Promise<void> | undefined;
  return {
    use: () => loaded,
    close() {
      closed ??= loaded.then(
        ({ client, workflows }) => (isOurs ? workflows.closeClient(client) : workflows.endCalls(client)),
        // What could not be loaded has nothing to close.
        () => undefined,
      );
      return closed;
    },
  };
}

async function load(target: TemporalTarget, identity: string): Promise<Temporal> {
  const [temporal, loaded] = await Promise.all([import('@temporalio/client'), import('./temporal/index.ts')]);
  if ('workflow' in target) return { client: target, workflows: loaded };
  const { namespace = 'default', ...options } = target;
  const connection = temporal.Connection.lazy(options);
  return { client: new temporal.Client({ connection, namespace, identity }), workflows: loaded };
}
