import { z } from 'zod';

/** As MongoDB writes its ids. */
export const OBJECT_ID = z.string().regex(/^[0-9a-f]{24}$/);
const INSTANT = z.iso.datetime();
const JWT = z.string().regex(/^[\w-]+\.[\w-]+\.[\w-]+$/);

/** What `GET /api/user`, login and refresh have in common. Other fields may come with other set-ups. */
const USER = z.looseObject({
  _id: OBJECT_ID,
  name: z.string(),
  email: z.email().lowercase(),
  emailVerified: z.boolean(),
  avatar: z.string().nullable(),
  provider: z.literal('local'),
  role: z.string(),
  plugins: z.array(z.unknown()),
  twoFactorEnabled: z.boolean(),
  termsAccepted: z.boolean(),
  createdAt: INSTANT,
  updatedAt: INSTANT,
});

const ABSENT = z.undefined().optional();
const NEVER_SHOWN = { password: ABSENT, totpSecret: ABSENT, backupCodes: ABSENT };

/** 200 of `GET /api/user`. */
export const CURRENT_USER = USER.extend({ id: OBJECT_ID, ...NEVER_SHOWN });

/** 200 of a login. */
export const LOGIN = z.strictObject({
  token: JWT,
  user: USER.extend({ id: OBJECT_ID, refreshToken: z.array(z.unknown()), ...NEVER_SHOWN }),
});

/** 200 of a refresh: the same without `user.id`. */
export const REFRESH = z.strictObject({
  token: JWT,
  user: USER.extend({ id: ABSENT, ...NEVER_SHOWN }),
});

/** 200 of `GET /api/admin/users`. */
export const ACCOUNTS = z.strictObject({
  users: z.array(
    z.looseObject({
      id: OBJECT_ID,
      name: z.string(),
      email: z.string(),
      role: z.string(),
      provider: z.string(),
      createdAt: INSTANT,
      updatedAt: INSTANT,
    }),
  ),
  total: z.int().nonnegative(),
  limit: z.int().positive(),
  offset: z.int().nonnegative(),
});

/** 200 of `GET /api/config` without a token. */
export const CONFIG = z.looseObject({
  appTitle: z.string(),
  serverDomain: z.string(),
  registrationEnabled: z.boolean(),
  passwordResetEnabled: z.boolean(),
  emailLoginEnabled: z.boolean(),
  emailEnabled: z.boolean(),
  socialLogins: z.array(z.string()),
});
