import { says } from '../answers.ts';
import type { ContractCase } from '../contract-case.ts';
import { CREATED, type Account, type CaseContext } from '../context.ts';

const route = 'mail';
const SENT = 'If an account with that email exists, a password reset link has been sent to it.';

/** Registers an account, which a mail would have to confirm. Mails go to the reserved domain example.com. */
async function registerByMail(context: CaseContext): Promise<Account> {
  if (!context.server.config.emailEnabled) context.skip('no mail is configured here');
  const account = context.newAccount();
  says(await context.auth('register', { json: context.registration(account) }), 200, CREATED);
  return account;
}

/** What a server answers that sends mails. Its accounts cannot be deleted again; it does so itself after days. */
export const MAIL: readonly ContractCase[] = [
  {
    route,
    claim: 'an account that is not verified: 422 for its password, 404 for a wrong one',
    cost: { registrations: 1, logins: 2 },
    anyServer: true,
    async run(context) {
      const { address, password } = await registerByMail(context);
      const login = await context.login(address, password);
      if (login.status === 200) context.skip('ALLOW_UNVERIFIED_EMAIL_LOGIN is on here');
      says(login, 422, 'Email not verified.');
      says(await context.login(address, context.newPassword()), 404, 'Incorrect password.');
    },
  },
  {
    route,
    claim: 'a reset of a known address is answered like that of an unknown one: no link',
    cost: { registrations: 1, resets: 1 },
    anyServer: true,
    async run(context) {
      const { address } = await registerByMail(context);
      says(await context.auth('requestPasswordReset', { json: { email: address } }), 200, SENT);
    },
  },
];
