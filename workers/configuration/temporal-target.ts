import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  loadClientConfigProfile,
  toClientOptions,
  type ClientConfigProfile,
  type ClientConnectConfig,
} from '@temporalio/envconfig';
import { BridgeError } from '../../contract/errors.ts';

/** Which Temporal to connect to. Its options hold TLS keys and API keys: never print them. */
export type TemporalTarget = Pick<ClientConnectConfig, 'connectionOptions'> & { readonly namespace: string };

type Given = Readonly<Record<string, string>>;

/** `host`, `host:port` or `[IPv6]:port`. Temporal's own message about anything else would quote it. */
const ADDRESS = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$/;
const BOOLEAN = /^(true|false|1|0)$/;

/**
 * Reads `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`, `TEMPORAL_TLS_*` and `TEMPORAL_PROFILE`, as all of
 * Temporal's tools do. A profile file is read only where `TEMPORAL_CONFIG_FILE` names one: a stray file in a home folder
 * must not change the target.
 *
 * @param environment without empty variables: an empty API key would count as one
 * @throws BridgeError `ConfigurationInvalid`, which quotes nothing of what was given
 */
export function loadTemporalTarget(
  environment: Readonly<Record<string, string | undefined>>,
): TemporalTarget {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([name]) => name.startsWith('TEMPORAL_')),
  ) as Given;
  // The library takes every other word for false, and would then connect without TLS.
  if (!BOOLEAN.test(given['TEMPORAL_TLS'] ?? 'true')) throw invalid('TEMPORAL_TLS must be true or false');
  const profile = profileOf(given);
  if (!ADDRESS.test(profile.address ?? 'localhost'))
    throw invalid('the address of Temporal must be a host or host:port');
  if ((profile.tls?.clientCert === undefined) !== (profile.tls?.clientKey === undefined))
    throw invalid('the client certificate of Temporal and its key go together');
  const { connectionOptions, namespace } = readable('a file of TLS data', () => toClientOptions(profile));
  checkTls(connectionOptions.tls);
  return { connectionOptions, namespace: namespace ?? 'default' };
}

function profileOf(given: Given): ClientConfigProfile {
  const file = given['TEMPORAL_CONFIG_FILE'];
  const source =
    file === undefined
      ? { disableFile: true }
      : { configSource: { data: readable('TEMPORAL_CONFIG_FILE', () => readFileSync(file)) } };
  try {
    return loadClientConfigProfile({ overrideEnvVars: { ...given }, ...source });
  } catch {
    // The library's message may quote a key.
    throw invalid('the TEMPORAL_* variables do not describe a connection');
  }
}

/** Checked here, since only the text of the native client's error tells a broken key from a server that is away. */
function checkTls(tls: ClientConnectConfig['connectionOptions']['tls']): void {
  if (typeof tls !== 'object' || tls === null) return;
  const { clientCertPair: pair, serverRootCACertificate: ca } = tls;
  const check = (what: string, parse: () => unknown): void => {
    try {
      parse();
    } catch {
      throw invalid(`the ${what} of Temporal is not valid PEM`);
    }
  };
  if (ca) check('CA certificate', () => new X509Certificate(ca));
  if (!pair) return;
  check('client certificate', () => new X509Certificate(pair.crt));
  check('client key', () => createPrivateKey(Buffer.from(pair.key)));
}

function readable<Value>(what: string, read: () => Value): Value {
  try {
    return read();
  } catch {
    throw invalid(`${what} cannot be read`);
  }
}

const invalid = (detail: string): BridgeError => new BridgeError('ConfigurationInvalid', { detail });
