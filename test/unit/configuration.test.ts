import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseConfiguration, type Configuration } from '../../workers/configuration/configuration.ts';
import { secretNames, variables } from '../../workers/configuration/variables.ts';
import { readmeWithTable } from '../../tools/configuration-table.ts';
import { newKey } from '../../tools/world.ts';

const VALID = {
  DATABASE_URL: 'postgres://canary-role:canary-password@db/django',
  REDIS_URL: 'rediss://:canary-password@redis:6380/1',
  LIBRECHAT_API_URL: 'http://librechat:3080',
  LIBRECHAT_ENCRYPTION_KEY: newKey(),
  LIBRECHAT_SESSION_KEY: `${newKey()},${newKey()}`,
  LIBRECHAT_REFRESH_KEY: newKey(),
} as const;

type Environment = Readonly<Record<string, string | undefined>>;

const problemsOf = (changes: Environment): readonly string[] => {
  const result = parseConfiguration({ ...VALID, ...changes });
  return result.ok ? [] : result.problems;
};

function configurationOf(changes: Environment): Configuration {
  const result = parseConfiguration({ ...VALID, ...changes });
  if (!result.ok) throw new Error(`It is not valid: ${result.problems.join(' | ')}`);
  return result.configuration;
}

let folder: string;

function fileWith(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hestami-configuration-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('what is told of a wrong configuration', () => {
  /** For every variable a value that it refuses, with a canary in it. Those that take any text are left out. */
  const WRONG = {
    DATABASE_URL: 'mysql://canary:canary@db/django',
    DJANGO_USER_TABLE: 'canary; DROP TABLE users_user',
    DATABASE_POOL_SIZE: 'canary',
    REDIS_URL: 'http://canary@redis',
    LIBRECHAT_API_URL: 'ftp://canary',
    LIBRECHAT_CONNECTIONS: '-70',
    LIBRECHAT_ADDRESS: 'canary {nothing}',
    LIBRECHAT_ENCRYPTION_KEY: 'canary',
    LIBRECHAT_SESSION_KEY: `${newKey()},canary`,
    LIBRECHAT_REFRESH_KEY: 'canary',
    LIBRECHAT_ADMIN_EMAIL: 'canary',
    LIBRECHAT_ADMIN_PASSWORD: 'canary',
    LIBRECHAT_ADMIN_BOOTSTRAP: 'canary',
    HEALTH_PORT: '70000',
    ROTATION_PERIOD_DAYS: '0.7',
    SCHEDULES: 'canary',
    LOG_LEVEL: 'canary',
    MAX_CONCURRENT_ACTIVITIES: '7.7',
    MAX_CACHED_WORKFLOWS: 'canary',
    WORKER_COUNT: '0',
    STICKY_TIMEOUT_MS: '7e-7',
    SHUTDOWN_GRACE_SECONDS: 'canary',
    CONNECT_TIMEOUT_SECONDS: 'canary',
  } as const;
  const TAKE_ANY_TEXT = ['LIBRECHAT_TASK_QUEUE', 'WORKER_IDENTITY', 'WORKFLOW_BUNDLE', 'HEALTH_HOST'];

  test('is all of it, a line for each variable', () => {
    expect(Object.keys(WRONG).concat(TAKE_ANY_TEXT).toSorted()).toEqual(
      Object.keys(variables.shape).toSorted(),
    );
    const problems = problemsOf({ ...WRONG, TEMPORAL_ADDRESS: 'http://canary:7233/' });
    const named = problems.map((problem) => problem.split(':', 1).join(''));
    expect(named.toSorted()).toEqual([...Object.keys(WRONG), 'TEMPORAL_*'].toSorted());
  });

  test('never holds a value, neither a wrong one nor a right one', () => {
    const given: Environment = { ...WRONG, TEMPORAL_ADDRESS: 'http://canary:7233/' };
    for (const wrong of Object.keys(WRONG)) {
      // All valid but one, and all wrong but one.
      const texts = [
        ...problemsOf({ [wrong]: given[wrong] }),
        ...problemsOf({ ...given, [wrong]: undefined }),
      ];
      expect(texts.length).toBeGreaterThan(Object.keys(WRONG).length - 2);
      const told = texts.join('\n');
      expect(told).not.toMatch(/canary|DROP TABLE|7e-7|7\.7|-70|70000/);
      for (const value of Object.values(VALID).flatMap((one) => one.split(',')))
        expect(told).not.toContain(value);
    }
  });

  test('is one short line each, which says how it should be', () => {
    for (const problem of problemsOf(WRONG)) {
      expect(problem).toMatch(/^[A-Z_*]+: .{5,}$/);
      expect(problem.length).toBeLessThan(140);
    }
  });

  test('is that it is missing, for each that has no default', () => {
    const result = parseConfiguration({});
    expect(result).toEqual({ ok: false, problems: Object.keys(VALID).map((name) => `${name}: is missing`) });
  });
});

test('a parsed configuration prints without secrets', () => {
  const printed = [
    inspect(configurationOf({}), { depth: 9, showHidden: true }),
    JSON.stringify(configurationOf({})),
  ];
  for (const text of printed) {
    expect(text).not.toContain('canary');
    for (const key of ['LIBRECHAT_ENCRYPTION_KEY', 'LIBRECHAT_REFRESH_KEY'] as const) {
      expect(text).not.toContain(VALID[key].slice(0, 20));
      expect(text).not.toContain(Buffer.from(VALID[key], 'base64').toString('hex').slice(0, 20));
    }
  }
});

test('an empty variable counts as unset', () => {
  const empty = Object.fromEntries(
    Object.keys(variables.shape)
      .concat(secretNames.map((name) => `${name}_FILE`))
      .filter((name) => !(name in VALID))
      .map((name) => [name, '']),
  );
  const temporal = { TEMPORAL_ADDRESS: '', TEMPORAL_API_KEY: '', TEMPORAL_NAMESPACE: '', TEMPORAL_TLS: '' };
  const [unset, set] = [
    configurationOf({}),
    configurationOf({ ...empty, ...temporal, TEMPORAL_CONFIG_FILE: '' }),
  ];
  // Functions and keys are equal to nothing but themselves.
  const plain = (configuration: Configuration): unknown =>
    JSON.parse(JSON.stringify({ ...configuration, identity: '' }));
  expect(plain(set)).toEqual(plain(unset));
  expect(problemsOf({ DATABASE_URL: '' })).toEqual(['DATABASE_URL: is missing']);
});

describe('a secret from a file', () => {
  test.each(secretNames)('%s is read, without the line break at its end', (name) => {
    const value = name === 'LIBRECHAT_ADMIN_PASSWORD' ? 'a-long-password' : VALID[name as keyof typeof VALID];
    const admin = { LIBRECHAT_ADMIN_EMAIL: 'admin@example.com' };
    const direct = configurationOf({ LIBRECHAT_ADMIN_PASSWORD: 'a-long-password', ...admin, [name]: value });
    for (const end of ['', '\n', '\r\n']) {
      const file = fileWith(name, `${value}${end}`);
      const others = { LIBRECHAT_ADMIN_PASSWORD: 'a-long-password', ...admin };
      const fromFile = configurationOf({ ...others, [name]: undefined, [`${name}_FILE`]: file });
      expect(revealed(fromFile)).toEqual(revealed(direct));
    }
  });

  test('is a problem beside the variable itself', () => {
    const file = fileWith('both', VALID.DATABASE_URL);
    expect(problemsOf({ DATABASE_URL_FILE: file })).toEqual([
      'DATABASE_URL and DATABASE_URL_FILE are both set: keep one',
    ]);
  });

  test('that cannot be read is the one problem with that variable, and its path is not told', () => {
    for (const name of secretNames) {
      const changes = { [name]: undefined, [`${name}_FILE`]: join(folder, 'no-such-canary') };
      expect(
        problemsOf({
          LIBRECHAT_ADMIN_EMAIL: 'admin@example.com',
          LIBRECHAT_ADMIN_PASSWORD: 'a-long-password',
          ...changes,
        }),
      ).toEqual([`${name}_FILE: names a file that cannot be read`]);
    }
  });

  test('that is empty is as if it were missing', () => {
    const file = fileWith('empty', '\n');
    expect(problemsOf({ REDIS_URL: undefined, REDIS_URL_FILE: file })).toEqual(['REDIS_URL: is missing']);
  });

  function revealed({ database, redisUrl, keyRing, sessionKeys, admin }: Configuration): unknown {
    const token = configurationOf({}).keyRing.seal(database.url);
    return {
      database: database.url.reveal(),
      redis: redisUrl.reveal(),
      opens: keyRing.open(token).password.reveal(),
      sessionKeys,
      admin: typeof admin === 'string' ? admin : admin.password.reveal(),
    };
  }
});

describe('a key', () => {
  const bytes = (count: number): string => Buffer.alloc(count, 7).toString('base64');

  test.each(['LIBRECHAT_ENCRYPTION_KEY', 'LIBRECHAT_SESSION_KEY', 'LIBRECHAT_REFRESH_KEY'])(
    '(%s) of another length than 32 bytes is refused, by its position in the list',
    (name) => {
      for (const count of [16, 31, 33, 64])
        expect(problemsOf({ [name]: bytes(count) })).toEqual([`${name}: key 1 is not 32 bytes in base64`]);
      expect(problemsOf({ [name]: `${newKey()},${bytes(16)}` })).toEqual([
        `${name}: key 2 is not 32 bytes in base64`,
      ]);
      expect(problemsOf({ [name]: `${newKey()},` })).toEqual([`${name}: key 2 is empty`]);
      expect(problemsOf({ [name]: `${newKey()} , ${newKey()}` })).toEqual([]);
    },
  );
});

test.each([
  [
    'DATABASE_URL',
    ['postgres://db/x', 'postgresql://db/x', 'postgresql:///x?host=/run/postgresql'],
    ['db/x'],
  ],
  ['REDIS_URL', ['redis://r', 'rediss://r:1/2'], ['r:6379', 'http://r', 'unix:///run/redis']],
  ['LIBRECHAT_API_URL', ['http://l:3080', 'https://l/base'], ['l:3080', '//l', 'javascript:alert(1)']],
])('%s is an address of its own kind', (name, good, bad) => {
  for (const value of good) expect([value, problemsOf({ [name]: value })]).toEqual([value, []]);
  for (const value of bad) expect([value, problemsOf({ [name]: value }).length]).toEqual([value, 1]);
});

describe('the address template', () => {
  test.each(['{email}', 'u{id}@chat.example.invalid'])('may be %s', (template) => {
    expect(problemsOf({ LIBRECHAT_ADDRESS: template })).toEqual([]);
  });

  test.each(['u@example.com', '{id}', '{id}{email}@x.y', 'u {id}@x.y'])('may not be %s', (template) => {
    expect(problemsOf({ LIBRECHAT_ADDRESS: template })).toHaveLength(1);
  });
});

describe('the administrator', () => {
  const email = { LIBRECHAT_ADMIN_EMAIL: 'Admin@Example.com' };

  test('needs a password, which is told together with the rest', () => {
    const missing = 'LIBRECHAT_ADMIN_PASSWORD: it is missing beside LIBRECHAT_ADMIN_EMAIL';
    expect(problemsOf(email)).toEqual([missing]);
    expect(problemsOf({ ...email, REDIS_URL: undefined })).toEqual(['REDIS_URL: is missing', missing]);
  });

  test.each(['7-chars', 'x'.repeat(73)])('needs one that LibreChat can accept, not %s', (password) => {
    expect(problemsOf({ ...email, LIBRECHAT_ADMIN_PASSWORD: password })).toEqual([
      'LIBRECHAT_ADMIN_PASSWORD: must have 8 to 72 characters',
    ]);
  });

  test('is known under the spelling that LibreChat keeps', () => {
    const { admin } = configurationOf({ ...email, LIBRECHAT_ADMIN_PASSWORD: 'a-long-password' });
    expect(admin).toMatchObject({ address: 'admin@example.com' });
  });

  test('may be unknown, or somebody else’s business', () => {
    expect(configurationOf({}).admin).toBe('unset');
    expect(configurationOf({ ...email, LIBRECHAT_ADMIN_BOOTSTRAP: 'off' }).admin).toBe('off');
  });
});

test('the table in the README is the one that the schema makes', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  expect(readmeWithTable(readme)).toBe(readme);
});

test('no two workers name themselves alike, and none by its host', () => {
  const [one, other] = [configurationOf({}), configurationOf({})];
  expect(one.identity).not.toBe(other.identity);
  expect(one.identity).toMatch(/^librechat-worker-[0-9a-f]{8}$/);
});
