import { randomBytes } from 'node:crypto';
import type { BareAccount, BareCalls } from './bare-calls.ts';

export const newAddress = (): string => `${randomBytes(8).toString('hex')}@example.com`;

/** As long as the worker's own. */
export const newPassword = (): string => randomBytes(24).toString('base64url');

/** An account as the worker would make it: a password of as many characters, a name as long. */
export const newAccount = (): BareAccount => ({
  email: newAddress(),
  name: 'Ada Lovelace',
  password: newPassword(),
});

/** Accounts that nobody but the bare calls knows. */
export async function signUpBare(bare: BareCalls, count: number): Promise<readonly BareAccount[]> {
  const accounts = Array.from({ length: count }, newAccount);
  await Promise.all(accounts.map((account) => bare.signUp(account)));
  return accounts;
}
