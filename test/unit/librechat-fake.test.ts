import { expect, test } from '@jest/globals';

import { BridgeError } from '../../contract/errors.ts';
import { Secret } from '../../contract/secret.ts';
import { fakeLibreChat } from '../fakes/librechat.ts';
import { libreChatSuite } from '../suites/librechat.ts';

libreChatSuite({
  create: async (settings) => ({ libreChat: fakeLibreChat(settings), [Symbol.asyncDispose]: async () => {} }),
});

const ADA = { address: 'ada@example.org', password: new Secret('correct horse battery'), name: 'Ada' };

test('a refused call of the fake does nothing, and only the next one is refused', async () => {
  const libreChat = fakeLibreChat();
  libreChat.refuseNext('register', new BridgeError('RateLimited', { retryAfterSeconds: 7 }));
  await expect(libreChat.register(ADA)).rejects.toMatchObject({ code: 'RateLimited', retryAfterSeconds: 7 });
  expect(libreChat.account(ADA.address)).toBeUndefined();
  expect(await libreChat.register(ADA)).toEqual({ kind: 'accepted' });
});

test('a call of the fake whose answer is lost was carried out, and says that nobody knows', async () => {
  const libreChat = fakeLibreChat();
  libreChat.loseNextAnswer('register');
  expect(await libreChat.register(ADA)).toMatchObject({
    kind: 'unknown',
    error: { code: 'UpstreamUnavailable' },
  });
  libreChat.loseNextAnswer('login');
  await expect(libreChat.login(ADA)).rejects.toMatchObject({ code: 'UpstreamUnavailable' });
  expect((await libreChat.login(ADA)).kind).toBe('session');
  expect(libreChat.calls).toEqual(['register', 'login', 'login']);
});
