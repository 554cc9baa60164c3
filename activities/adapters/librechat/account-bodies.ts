import { z } from 'zod';

import type { LibreChatConfig } from '../../ports/librechat-admin.ts';
import { ACCOUNT_ID } from './session.ts';

const INSTANT = z.iso.datetime().transform((text) => new Date(text));

/** 200 of `GET /api/user`: the whitelisted user document. */
export const CURRENT_USER = z
  .object({
    _id: ACCOUNT_ID,
    email: z.string().min(1),
    role: z.string().min(1),
    createdAt: INSTANT,
    twoFactorEnabled: z.boolean().optional(),
  })
  .transform(({ _id, email, twoFactorEnabled = false, ...rest }) => ({
    accountId: _id,
    address: email,
    twoFactorEnabled,
    ...rest,
  }));

/** 200 of `GET /api/admin/users`: a page, newest first. */
export const ACCOUNT_LIST = z.object({
  users: z.array(
    z
      .object({ id: ACCOUNT_ID, email: z.string(), role: z.string(), createdAt: INSTANT })
      .transform(({ id, email, ...rest }) => ({ accountId: id, address: email, ...rest })),
  ),
  total: z.number().int().nonnegative(),
  offset: z.number().int().nonnegative(),
});

/** 200 of `GET /api/config` without a token. */
export const CONFIG = z
  .object({
    registrationEnabled: z.boolean(),
    passwordResetEnabled: z.boolean(),
    emailLoginEnabled: z.boolean(),
    emailEnabled: z.boolean(),
    minPasswordLength: z.number().int().positive().optional(),
    ldap: z.object({ enabled: z.boolean() }).optional(),
  })
  .transform(({ minPasswordLength = null, ldap, ...rest }): LibreChatConfig => ({
    ...rest,
    minPasswordLength,
    ldapEnabled: ldap?.enabled ?? false,
  }));
