import type { ContractCase } from '../contract-case.ts';
import { ADAPTER } from './adapter.ts';
import { ADMIN_USERS } from './admin-users.ts';
import { BANS } from './bans.ts';
import { CLOSED } from './closed.ts';
import { DISCOVERY } from './discovery.ts';
import { EXPIRY } from './expiry.ts';
import { LIMITS } from './limits.ts';
import { LOGINS } from './login.ts';
import { LOGOUTS } from './logout.ts';
import { MAIL } from './mail.ts';
import { REFRESHES } from './refresh.ts';
import { REGISTER } from './register.ts';
import { RESET_REQUESTS } from './request-password-reset.ts';
import { RESETS } from './reset-password.ts';
import { USERS } from './user.ts';

/** Every case, in the order of the report. */
export const CASES: readonly ContractCase[] = [
  ...DISCOVERY,
  ...REGISTER,
  ...LOGINS,
  ...REFRESHES,
  ...LOGOUTS,
  ...RESET_REQUESTS,
  ...RESETS,
  ...USERS,
  ...ADMIN_USERS,
  ...LIMITS,
  ...EXPIRY,
  ...BANS,
  ...CLOSED,
  ...MAIL,
  ...ADAPTER,
];
