import assert from 'node:assert/strict';
import { reads, says } from '../answers.ts';
import type { ContractCase } from '../contract-case.ts';
import type { CaseContext } from '../context.ts';
import { ACCOUNTS } from '../forms.ts';
import type { Reply } from '../http.ts';

const route = 'adminUsers';
/** A page of the suite's own accounts, and of some that others register meanwhile. */
const PAGE = 100;

const list = (context: CaseContext, bearer: string, limit: number, offset = 0): Promise<Reply> =>
  context.call('GET', `/api/admin/users?limit=${limit}&offset=${offset}`, { bearer });

/** Runs something with the access token of an administrator, and logs out. */
async function asAdmin(context: CaseContext, run: (bearer: string) => Promise<void>): Promise<void> {
  const { admin } = context.server.options;
  if (admin === undefined) return context.skip('no administrator given: --admin-email');
  const { access, refresh } = await context.signIn(admin);
  try {
    await run(access);
  } finally {
    await context.auth('logout', { bearer: access, session: refresh });
  }
}

export const ADMIN_USERS: readonly ContractCase[] = [
  {
    route,
    claim: 'a USER: 403 `Forbidden`',
    cost: { registrations: 1, logins: 1 },
    async run(context) {
      const { session } = await context.registerAndSignIn();
      says(await list(context, session.access, 1), 403, 'Forbidden');
    },
  },
  {
    route,
    claim: 'without a Bearer: 401 `No auth token`',
    cost: {},
    async run(context) {
      says(await context.call('GET', '/api/admin/users?limit=1&offset=0'), 401, 'No auth token');
    },
  },
  {
    route,
    claim: 'an administrator: 200, a page, newest first, with the account that was just registered',
    cost: { registrations: 1, logins: 2 },
    run: (context) =>
      asAdmin(context, async (bearer) => {
        const { account, session } = await context.registerAndSignIn();
        const { users, limit, offset, total } = reads(await list(context, bearer, PAGE), 200, ACCOUNTS);
        assert.deepEqual({ limit, offset }, { limit: PAGE, offset: 0 });
        assert.ok(total >= users.length);
        const found = users.find(({ email }) => email === account.address);
        assert.deepEqual({ id: found?.id, role: found?.role }, { id: session.userId, role: 'USER' });
        const times = users.map(({ createdAt }) => createdAt);
        assert.deepEqual(times, times.toSorted().toReversed(), 'newest first');
      }),
  },
  {
    route,
    claim: 'an administrator: limit and offset cut the page out of the list',
    cost: { logins: 1 },
    run: (context) =>
      asAdmin(context, async (bearer) => {
        const page = reads(await list(context, bearer, 1, 1), 200, ACCOUNTS);
        assert.deepEqual(
          { limit: page.limit, offset: page.offset, users: page.users.length },
          { limit: 1, offset: 1, users: 1 },
        );
        const beyond = reads(await list(context, bearer, 1, page.total + 1000), 200, ACCOUNTS);
        assert.deepEqual(beyond.users, []);
      }),
  },
];
