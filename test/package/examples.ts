import { randomBytes } from 'node:crypto';
import { beforeAll, expect, test } from '@jest/globals';
import { createClient } from 'redis';
import {
  createSessionRecords,
  fromNodeRedis,
  parseKeyRing,
  type SessionRecords,
} from '../../client/session-record/index.ts';
import { ERRORS } from '../../contract/error-table.ts';
import { Secret } from '../../contract/secret.ts';
import { redisUrl } from '../setup/parts.ts';
import { anyUser, sessionNamed } from '../suites/session-store.ts';
import type { Application } from './application.ts';
import { readReadme, type Readme } from './readme.ts';

/** For its types, which the route in the README has. */
const SVELTEKIT = '@sveltejs/kit@3.2.0';
/** As the application declares it for its own hooks. */
const LOCALS = 'declare namespace App { interface Locals { userId: string } }';

const newKey = (): string => randomBytes(32).toString('base64url');

/** That what the client's README says and shows is so. */
export function testReadme(started: () => Application): void {
  let application: Application;
  let readme: Readme;
  beforeAll(async () => {
    application = started();
    readme = await readReadme();
    for (const [path, text] of readme.examples) await application.write(path, text);
  });
  const sessionKey = newKey();
  const env = {
    REDIS_URL: redisUrl(),
    LIBRECHAT_SESSION_KEY: sessionKey,
    // Nobody is there.
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    LIBRECHAT_API_URL: 'http://127.0.0.1:1',
  };

  test('has the codes by their status as they are in ERRORS', () => {
    const codes: Record<string, string[]> = {};
    for (const [code, { httpStatus }] of Object.entries(ERRORS)) (codes[httpStatus] ??= []).push(code);
    expect(readme.codes).toEqual(codes);
  });

  test('has examples that compile, on SvelteKit’s own types', async () => {
    await application.addAlone(SVELTEKIT);
    await application.write('src/app.d.ts', LOCALS);
    const paths = { '$lib/*': ['./src/lib/*'] };
    const forBundlers = { module: 'esnext', moduleResolution: 'bundler', lib: ['es2024', 'dom'], paths };
    const files = ['src/app.d.ts', ...readme.examples.keys()];
    expect(files).toContain('src/routes/api/conversations/+server.ts');
    await application.compile({ ...forBundlers, skipLibCheck: true }, files);
  });

  test.each(['chat', 'chat-on-ioredis'])('reads a session that a worker published: %s', async (module) => {
    const user = anyUser();
    await asWorker(sessionKey, (records) => records.publish(user, 0, sessionNamed('installed')));
    const session = await application.run(
      `const { chat } = await import('./src/lib/server/${module}.ts');
      const { accessToken, accountId } = await chat.session('${user}');
      console.log(JSON.stringify({ accountId, boxed: accessToken, token: accessToken.reveal() }));
      process.exit();`,
      env,
    );
    const { accountId } = sessionNamed('installed');
    expect(session).toEqual({ accountId, boxed: '[secret]', token: 'access-installed' });
  });

  test('answers a request with 503, the code and Retry-After while there is no session', async () => {
    const user = anyUser();
    const failure = { code: 'UpstreamUnavailable', until: Date.now() + 600_000 } as const;
    await asWorker(sessionKey, (records) => records.fail(user, 0, failure));
    const answer = await application.run(
      `import { registerHooks } from 'node:module';
      import { pathToFileURL } from 'node:url';
      const lib = pathToFileURL('src/lib/').href;
      registerHooks({
        resolve: (specifier, context, next) =>
          next(specifier.startsWith('$lib/') ? lib + specifier.slice(5) + '.ts' : specifier, context),
      });
      const { GET } = await import('./src/routes/api/conversations/+server.ts');
      const request = new Request('http://localhost/api/conversations');
      const answer = await GET({ locals: { userId: '${user}' }, request });
      const [status, retryAfter] = [answer.status, answer.headers.get('retry-after')];
      console.log(JSON.stringify({ status, retryAfter, body: await answer.json() }));
      process.exit();`,
      env,
    );
    const retryAfter = expect.stringMatching(/^([45]\d\d|600)$/);
    expect(answer).toEqual({ status: 503, retryAfter, body: { code: failure.code } });
  });
}

/** Writes what the worker writes, by the code of this repository. */
async function asWorker(
  sessionKey: string,
  write: (records: SessionRecords) => Promise<unknown>,
): Promise<void> {
  const redis = await createClient({ url: redisUrl() }).connect();
  const sessionKeys = parseKeyRing('LIBRECHAT_SESSION_KEY', new Secret(sessionKey));
  const refreshKeys = parseKeyRing('LIBRECHAT_REFRESH_KEY', new Secret(newKey()));
  await write(createSessionRecords({ redis: fromNodeRedis(redis), sessionKeys, refreshKeys }));
  await redis.close();
}
