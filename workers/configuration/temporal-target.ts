import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { BridgeError } from '../../contract/errors.ts';

/** Which Temporal to connect to. Its options hold TLS keys and API keys: never print them. */
export type TemporalTarget = Pick<ClientConnectConfig, 'connectionOptions'> & { readonly namespace: string };

/**
 * Reads `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`, `TEMPORAL_TLS_*` and `TEMPORAL_PROFILE`, as all of
 * Temporal's tools do. A profile file is read only where `TEMPORAL_CONFIG_FILE` names one: a stray file in a home folder
 * must not change the target.
 *
 * @throws BridgeError `ConfigurationInvalid`
 */
export function loadTemporalTarget(
  environment: Readonly<Record<string, string | undefined>>,
): TemporalTarget {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([name]) => name.startsWith('TEMPORAL_')),
  );
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig({
      overrideEnvVars: given as Record<string, string>,
      disableFile: !given['TEMPORAL_CONFIG_FILE'],
    });
    return { connectionOptions, namespace: namespace ?? 'default' };
  } catch {
    // The library's message may quote a key.
    throw new BridgeError('ConfigurationInvalid', {
      detail: 'the TEMPORAL_* variables do not describe a connection',
    });
  }
}
