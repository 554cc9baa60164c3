import { expect, test } from '@jest/globals';
import fc from 'fast-check';

import { readJson } from '../../activities/adapters/librechat/answer.ts';
import { classify } from '../../activities/adapters/librechat/classify.ts';
import { BridgeError, isErrorCode } from '../../contract/errors.ts';
import {
  ALL_ROUTES,
  answerOf,
  COOKIES,
  CREATED,
  HTML,
  ILLEGAL,
  message,
  NO_LINK,
  type Sent,
} from '../suites/librechat-answers.ts';
import { CONTRACT } from '../suites/librechat-contract.ts';

const jsonOf = (body: unknown): unknown => (typeof body === 'string' ? readJson(body) : body);
function valueOf(body: unknown, key: string): unknown {
  const json = jsonOf(body);
  return typeof json === 'object' && json !== null ? new Map(Object.entries(json)).get(key) : undefined;
}
const has = (body: unknown, key: string): boolean => valueOf(body, key) !== undefined;
const says = (body: unknown, expected: { message: string }): boolean =>
  valueOf(body, 'message') === expected.message;

/** What has to be true of an answer that is read as success, said once more and independently of the table. */
const PROMISES: Readonly<Record<string, (sent: Sent) => boolean>> = {
  session: ({ status, body, cookies = [] }) =>
    status === 200 &&
    has(body, 'token') &&
    has(body, 'user') &&
    cookies.some((line) => /^refreshToken=./.test(line)),
  'two-factor': ({ status, body }) =>
    (status === 200 && has(body, 'twoFAPending')) || (status === 400 && has(body, 'message')),
  accepted: ({ status, body }) => status === 200 && says(body, CREATED),
  ended: ({ status, body }) => status === 200 && says(body, message('Logout successful')),
  link: ({ status, body }) => status === 200 && has(body, 'link'),
  'no-link': ({ status, body }) => status === 200 && says(body, NO_LINK),
  done: ({ status, body }) => status === 200 && says(body, message('Password reset was successful')),
  superseded: ({ status, body }) => status === 400 && JSON.stringify(jsonOf(body)) === '{}',
  account: ({ status, body }) => status === 200 && has(body, '_id'),
  gone: ({ status, body }) => status === 401 && says(body, message('Unauthorized')),
  deleted: ({ status, body }) => status === 200 && says(body, message('User deleted')),
  page: ({ status, body }) => status === 200 && has(body, 'users'),
  config: ({ status, body }) => status === 200 && has(body, 'registrationEnabled'),
  ready: ({ status, body }) => status === 200 && body === 'OK',
  starting: ({ status, body }) => status === 503 && body === 'NOT_READY',
  forbidden: ({ status }) => status === 403,
  refused: ({ status }) => [200, 302, 401, 403].includes(status),
  'unknown-address': ({ status, body }) => status === 404 && says(body, message('Email does not exist.')),
  'wrong-password': ({ status, body }) => status === 404 && says(body, message('Incorrect password.')),
};

const KNOWN_BODIES = CONTRACT.map(([, , body]) => body);
const anyBody = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...KNOWN_BODIES) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>(HTML, '', ILLEGAL, {}, [], null, 0, '"OK"', '{"token":', '[[[['),
  },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  { weight: 1, arbitrary: fc.string() },
  { weight: 1, arbitrary: fc.string().map(message) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom<unknown>(...KNOWN_BODIES), fc.string(), fc.jsonValue({ maxDepth: 1 }))
      .map(([body, key, value]) => (typeof body === 'object' ? { ...body, [key]: value } : body)),
  },
);
const anyAnswer = fc.record({
  status: fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom(200, 201, 204, 302, 400, 401, 403, 404, 409, 422, 429, 500, 502, 503),
    },
    { weight: 1, arbitrary: fc.integer({ min: 200, max: 599 }) },
  ),
  body: anyBody,
  headers: fc.constantFrom<Record<string, string>>({}, { location: '/login' }, { 'retry-after': 'soon' }),
  cookies: fc.constantFrom<string[]>([], COOKIES, ['refreshToken='], ['token_provider=librechat'], ['=;=']),
});

test('over every status and body: no exception, no unknown code, and success only where it was promised', () => {
  fc.assert(
    fc.property(fc.constantFrom(...ALL_ROUTES), anyAnswer, (route, sent) => {
      const meaning = classify(route, answerOf(sent));
      const sound =
        meaning instanceof BridgeError ? isErrorCode(meaning.code) : PROMISES[meaning.kind]?.(sent);
      expect([meaning, sound]).toEqual([meaning, true]);
    }),
    { numRuns: 50_000 },
  );
});
