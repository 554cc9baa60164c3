import { CREATED, fieldsOf, type Account, type CaseContext } from './context.ts';
import type { Reply } from './http.ts';
import { NO_MAIL, Refusal } from './server.ts';

const EMPTY =
  'the server has no account yet, so the first one that the suite registers becomes ADMIN: register an administrator first';
const DOMAIN = 'addresses of this domain are refused: name one of registration.allowedDomains with --domain';

/**
 * Registers one account, logs in and asks for a link: `/api/config` does not tell whether mails are sent, nor whether
 * the server is empty. What it does not know is left to the cases.
 *
 * @throws Refusal
 */
export async function tryOut(context: CaseContext): Promise<void> {
  const problem = await firstProblem(context, context.newAccount());
  await context.cleanUp();
  if (problem !== undefined) throw new Refusal([problem]);
}

async function firstProblem(context: CaseContext, account: Account): Promise<string | undefined> {
  const registered = await context.auth('register', { json: context.registration(account) });
  if (registered.status === 403 && messageOf(registered)?.includes('cannot be used')) return DOMAIN;
  if (messageOf(registered) !== CREATED) return undefined;
  const login = await context.login(account.address, account.password);
  if (login.status === 422) return `new accounts must be verified by mail first: ${NO_MAIL}`;
  if (fieldsOf(fieldsOf(login.json)['user'])['role'] === 'ADMIN') return EMPTY;
  const asked = await context.auth('requestPasswordReset', { json: { email: account.address } });
  return asked.status === 200 && messageOf(asked) !== undefined
    ? `it sends its reset links by mail: ${NO_MAIL}`
    : undefined;
}

function messageOf(reply: Reply): string | undefined {
  const { message } = fieldsOf(reply.json);
  return typeof message === 'string' ? message : undefined;
}
