import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, describe, expect, test } from '@jest/globals';
import { loadTemporalTarget, type TemporalTarget } from '../../workers/configuration/temporal-target.ts';
import { parseConfiguration } from '../../workers/configuration/configuration.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const pem = {
  certificate: rootCertificates[0] ?? '',
  key: generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString(),
};

const folder = mkdtempSync(join(tmpdir(), 'hestami-configuration-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileWith(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Those of the whole configuration, of which everything else is missing. */
function problemsOf(changes: Environment): readonly string[] {
  const result = parseConfiguration(changes);
  return result.ok ? [] : result.problems.filter((problem) => !problem.endsWith(': is missing'));
}

describe('Temporal', () => {
  const temporalOf: (changes: Environment) => TemporalTarget = loadTemporalTarget;

  test('is on this machine, in the default namespace and without TLS, unless told otherwise', () => {
    const { connectionOptions, namespace } = temporalOf({});
    expect(namespace).toBe('default');
    expect(connectionOptions).toMatchObject({ address: undefined, tls: undefined, apiKey: undefined });
  });

  test('is where TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE say', () => {
    const target = temporalOf({ TEMPORAL_ADDRESS: 'temporal:7234', TEMPORAL_NAMESPACE: 'chat' });
    expect(target).toMatchObject({ namespace: 'chat', connectionOptions: { address: 'temporal:7234' } });
  });

  test('gets an API key over TLS only, so that Cloud works by configuration alone', () => {
    expect(temporalOf({ TEMPORAL_API_KEY: 'canary-key' }).connectionOptions).toMatchObject({
      apiKey: 'canary-key',
      tls: true,
    });
  });

  test('gets the client certificate and the CA of TEMPORAL_TLS_*, from data or files', () => {
    const data = temporalOf({
      TEMPORAL_TLS_CLIENT_CERT_DATA: pem.certificate,
      TEMPORAL_TLS_CLIENT_KEY_DATA: pem.key,
      TEMPORAL_TLS_SERVER_CA_CERT_DATA: pem.certificate,
      TEMPORAL_TLS_SERVER_NAME: 'temporal.internal',
    });
    const files = temporalOf({
      TEMPORAL_TLS_CLIENT_CERT_PATH: fileWith('certificate.pem', pem.certificate),
      TEMPORAL_TLS_CLIENT_KEY_PATH: fileWith('key.pem', pem.key),
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: fileWith('ca.pem', pem.certificate),
      TEMPORAL_TLS_SERVER_NAME: 'temporal.internal',
    });
    for (const { connectionOptions } of [data, files]) {
      const { tls } = connectionOptions;
      if (typeof tls !== 'object' || tls === null) throw new Error('There is no TLS');
      expect(tls.serverNameOverride).toBe('temporal.internal');
      expect(Buffer.from(tls.clientCertPair?.key ?? []).toString()).toBe(pem.key);
      expect(Buffer.from(tls.serverRootCACertificate ?? []).toString()).toBe(pem.certificate);
    }
  });

  test.each<[string, (canary: string) => Environment, string]>([
    ['an address with a scheme', (canary) => ({ TEMPORAL_ADDRESS: `https://${canary}:7233` }), 'host:port'],
    [
      'a TLS switch that is none',
      (canary) => ({ TEMPORAL_TLS: canary }),
      'TEMPORAL_TLS must be true or false',
    ],
    [
      'a certificate without its key',
      () => ({ TEMPORAL_TLS_CLIENT_CERT_DATA: pem.certificate }),
      'go together',
    ],
    [
      'a certificate that is none',
      (canary) => ({ TEMPORAL_TLS_CLIENT_CERT_DATA: canary, TEMPORAL_TLS_CLIENT_KEY_DATA: pem.key }),
      'client certificate of Temporal is not valid PEM',
    ],
    [
      'a key that is none',
      (canary) => ({
        TEMPORAL_TLS_CLIENT_CERT_DATA: pem.certificate,
        TEMPORAL_TLS_CLIENT_KEY_DATA: `-----BEGIN PRIVATE KEY-----\n${canary}\n-----END PRIVATE KEY-----`,
      }),
      'client key of Temporal is not valid PEM',
    ],
    ['a CA that is none', (canary) => ({ TEMPORAL_TLS_SERVER_CA_CERT_DATA: canary }), 'CA certificate'],
    ['a CA file that is not there', (canary) => ({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: `/${canary}` }), 'read'],
    [
      'data and a file of the same thing',
      (canary) => ({ TEMPORAL_TLS_CLIENT_KEY_DATA: canary, TEMPORAL_TLS_CLIENT_KEY_PATH: canary }),
      'do not describe a connection',
    ],
    [
      'a profile file that is not there',
      (canary) => ({ TEMPORAL_CONFIG_FILE: `/${canary}` }),
      'cannot be read',
    ],
    [
      'a profile file that is no TOML',
      (canary) => ({ TEMPORAL_CONFIG_FILE: fileWith('broken.toml', `api_key = ${canary}`) }),
      'do not describe a connection',
    ],
    [
      'a profile that the file does not have',
      (canary) => ({
        TEMPORAL_CONFIG_FILE: fileWith('empty.toml', '[profile.default]'),
        TEMPORAL_PROFILE: canary,
      }),
      'do not describe a connection',
    ],
  ])('refuses %s, without quoting it', (_name, changes, expected) => {
    const problems = problemsOf({ TEMPORAL_API_KEY: 'canary-api-key', ...changes('canary-value') });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^TEMPORAL_\*: /);
    expect(problems[0]).toContain(expected);
    expect(problems[0]).not.toContain('canary');
  });

  test('of a stray temporal.toml in a home folder is ignored; of one that is named it is used', () => {
    const profile = '[profile.default]\naddress = "stray:7233"\nnamespace = "stray"\napi_key = "stray-key"\n';
    mkdirSync(join(folder, 'temporalio'));
    const file = fileWith('temporalio/temporal.toml', profile);
    expect(temporalOf({ XDG_CONFIG_HOME: folder })).toEqual(temporalOf({}));
    expect(temporalOf({ TEMPORAL_CONFIG_FILE: file })).toMatchObject({
      namespace: 'stray',
      connectionOptions: { address: 'stray:7233', apiKey: 'stray-key' },
    });
    // What is in the environment wins over the file.
    expect(temporalOf({ TEMPORAL_CONFIG_FILE: file, TEMPORAL_NAMESPACE: 'mine' }).namespace).toBe('mine');
  });
});
