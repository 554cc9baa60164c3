import type { CallPlan } from './ports.ts';

/** The calls that a piece of work makes when all goes well: those it must not run out of half-way. */
export const PLANS = {
  /** Log in, register, log in. */
  openUnlinked: { login: 2, register: 1 },
  /** A link as a fence, log in, and where LibreChat has another password: reset, log in. */
  openLinked: { requestPasswordReset: 1, resetPassword: 1, login: 2 },
  /** Link, reset, log in. */
  rotate: { requestPasswordReset: 1, resetPassword: 1, login: 1 },
  /** The same after an attempt whose reset may have been heard: a login asks first. */
  rotateAgain: { requestPasswordReset: 1, resetPassword: 1, login: 2 },
  /** Of a row in doubt: a link as a fence, log in. */
  verifyInDoubt: { requestPasswordReset: 1, login: 1 },
  verify: { login: 1 },
  /** Link, reset. */
  shutOut: { requestPasswordReset: 1, resetPassword: 1 },
  /** Log in to learn whose account it is, link, reset. */
  shutOutUnlinked: { login: 1, requestPasswordReset: 1, resetPassword: 1 },
} as const satisfies Record<string, CallPlan>;
