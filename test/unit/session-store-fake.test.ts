import { expect, test } from '@jest/globals';
import { FakeSessionStore } from '../fakes/session-store.ts';
import { anyUser, sessionStoreSuite } from '../suites/session-store.ts';

sessionStoreSuite({
  async create() {
    const store = new FakeSessionStore();
    return {
      store,
      forget: async (user) => store.forget(user),
      accessTokenOf: async (user) => store.sessionOf(user)?.accessToken.reveal(),
      close: async () => undefined,
    };
  },
});

test('the fake can be away', async () => {
  const store = new FakeSessionStore();
  store.away = true;
  await expect(store.readEpoch(anyUser())).rejects.toMatchObject({ code: 'SessionStoreUnavailable' });
});
