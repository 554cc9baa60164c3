import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createKeyRing } from '../../activities/adapters/fernet.ts';
import { SEARCH_ATTRIBUTES } from '../../contract/messages.ts';
import { Secret } from '../../contract/secret.ts';
import { runToEnd, startTemporal, type Temporal } from '../../tools/parts/index.ts';
import { findTemporal } from '../../tools/parts/temporal-binary.ts';
import { startWorker, type WorkerEnvironment } from '../../tools/processes/worker.ts';
import { newKey, openWorld, type World } from '../../tools/world.ts';
import { eventually } from '../setup/eventually.ts';
import { canariesFound } from '../setup/histories.ts';
import { postgresUrl, redisUrl } from '../setup/parts.ts';
import { failedStart } from '../setup/worker-start.ts';
import { testWorld } from '../setup/worlds.ts';

/** `temporal.api.enums.v1.IndexedValueType` */
const TEXT = 1;

/** Starts a worker, waits until it polls, and ends it; rejects when it ends by itself. */
async function polls(environment: WorkerEnvironment): Promise<boolean> {
  const { process: worker } = await startWorker(environment);
  return (await worker.stop()).code === 0;
}

/** `sysexits.h`: the configuration is wrong. */
const EXIT_CONFIGURATION = 78;

describe('with a wrong configuration', () => {
  const wrong = {
    DATABASE_URL: 'mysql://role:canary-database@127.0.0.1/django',
    REDIS_URL: 'redis://:canary-redis@127.0.0.1',
    LIBRECHAT_API_URL: 'canary-librechat',
    LIBRECHAT_ENCRYPTION_KEY: 'canary-encryption-key',
    LIBRECHAT_SESSION_KEY: newKey(),
    LIBRECHAT_ADMIN_EMAIL: 'canary-admin@example.com',
    TEMPORAL_API_KEY: 'canary-api-key',
    TEMPORAL_ADDRESS: 'https://canary-temporal:7233',
  };

  test('the worker tells all that is wrong, a line each, shows no value and exits with 78', async () => {
    const { code, lines } = await failedStart(wrong);
    expect(code).toBe(EXIT_CONFIGURATION);
    expect(lines).toEqual([
      'The configuration is not valid:',
      expect.stringMatching(/^ {2}DATABASE_URL: /),
      expect.stringMatching(/^ {2}LIBRECHAT_API_URL: /),
      '  LIBRECHAT_REFRESH_KEY: is missing',
      expect.stringMatching(/^ {2}LIBRECHAT_ENCRYPTION_KEY: /),
      expect.stringMatching(/^ {2}TEMPORAL_\*: /),
      expect.stringMatching(/^ {2}LIBRECHAT_ADMIN_PASSWORD: /),
      expect.stringContaining('README.md'),
    ]);
    expect(canariesFound(['canary', wrong.LIBRECHAT_SESSION_KEY], lines)).toEqual([]);
  });
});

describe('with the keys of the passwords', () => {
  let world: World;
  beforeAll(async () => {
    world = await testWorld();
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  const sealedBy = (key: string): string =>
    createKeyRing(new Secret(key)).seal(new Secret('canary-of-this-test'));

  test('that open none of the newest passwords the worker exits with 78; one that opens some lets it poll', async () => {
    const old = newKey();
    for (let user = 0; user < 3; user++)
      await world.database.addUser({ email: `of-old-${user}@example.com`, sealedPassword: sealedBy(old) });
    const { code, lines } = await failedStart(world.environment);
    expect(code).toBe(EXIT_CONFIGURATION);
    expect(lines.join('\n')).toMatch(
      /^The configuration is not valid.*LIBRECHAT_ENCRYPTION_KEY opens none of the 3 newest passwords/m,
    );
    expect(canariesFound(['canary-of-this-test', ...Object.values(world.keys), old], lines)).toEqual([]);

    // The former key goes after the new one, and nothing has to be sealed anew.
    const ring = `${world.keys.encryption},${old}`;
    await expect(polls({ ...world.environment, LIBRECHAT_ENCRYPTION_KEY: ring })).resolves.toBe(true);
  });

  test('the worker polls although newer rows hold garbage', async () => {
    const key = world.keys.encryption;
    await world.database.addUser({ email: 'good@example.com', sealedPassword: sealedBy(key) });
    const garbage = [
      'gAAAAA-garbage',
      `gAAAAB${'x'.repeat(100)}`,
      'no token at all',
      sealedBy(key).slice(0, -9),
    ];
    for (const [index, sealedPassword] of garbage.entries())
      await world.database.addUser({ email: `garbage-${index}@example.com`, sealedPassword });
    await expect(polls(world.environment)).resolves.toBe(true);
  });
});

describe('on a Temporal that lacks the search attributes', () => {
  let temporal: Temporal;
  let world: World;
  beforeAll(async () => {
    temporal = await startTemporal({ own: true, searchAttributes: false });
    world = await openWorld(
      { temporalAddress: temporal.address, postgresUrl: postgresUrl(), redisUrl: redisUrl() },
      { standInFlags: { 'bcrypt-cost': 4 } },
    );
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
    await temporal[Symbol.asyncDispose]();
  });

  const known = async (): Promise<readonly string[]> => {
    const request = { namespace: temporal.namespace };
    const { customAttributes } = await world.client.connection.operatorService.listSearchAttributes(request);
    return Object.keys(customAttributes);
  };
  const names = Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name);

  test('because one has another type the worker exits with 78 and says what to type', async () => {
    const { operatorService } = world.client.connection;
    const request = { namespace: temporal.namespace };
    await operatorService.addSearchAttributes({
      ...request,
      searchAttributes: Object.fromEntries([['LibreChatState', TEXT]]),
    });
    await eventually('it is there', async () => (await known()).includes('LibreChatState'));
    const { code, lines, seconds } = await failedStart(world.environment);
    expect(code).toBe(EXIT_CONFIGURATION);
    expect(seconds).toBeLessThan(10);
    // What is told and what is logged come by two streams, in any order.
    const told = lines.find((line) => line.startsWith('The configuration is not valid'));
    expect(told).toContain('search attributes LibreChatState with another type');
    expect(told).toContain(
      'temporal operator search-attribute create --namespace default --name LibreChatState --type Keyword',
    );
    expect(told).toContain(
      'tcld namespace search-attributes add --namespace default --search-attribute "LibreChatState=Keyword"',
    );
    await operatorService.removeSearchAttributes({ ...request, searchAttributes: ['LibreChatState'] });
    await eventually('it is gone', async () => !(await known()).includes('LibreChatState'));
  });

  test('the worker registers them, and blocked users can be listed', async () => {
    expect(await known()).not.toEqual(expect.arrayContaining(names.slice(0, 1)));
    const worker = await startWorker(world.environment);
    expect(await known()).toEqual(expect.arrayContaining(names));
    const handle = await world.provision(await world.database.addUser({ email: 'nobody@localhost' }));
    const query = `LibreChatState = 'blocked' AND LibreChatReason = 'AddressRefused'`;
    await eventually('it is listed', async () => (await world.client.workflow.count(query)).count === 1);
    await handle.terminate('end of test');
    await worker.process.stop();
  });

  test('a second worker finds them and starts too', async () => {
    await expect(polls(world.environment)).resolves.toBe(true);
  });

  test('a worker warns that closed runs are forgotten too soon; the command that it names ends that', async () => {
    const first = await startWorker(world.environment);
    await first.process.stop();
    const warning = first.log.find((line) => line.includes('closed runs')) ?? '';
    expect(warning).toContain('"level":"warn"');
    expect(warning).toContain('for 24 hours only');
    const command = /temporal (operator namespace update --namespace default --retention 10d)/.exec(warning);
    const args = command?.[1]?.split(' ') ?? [];
    await runToEnd(await findTemporal(() => undefined), [...args, '--address', temporal.address]);
    const second = await startWorker(world.environment);
    await second.process.stop();
    expect(second.log.filter((line) => line.includes('closed runs'))).toEqual([]);
  });
});
