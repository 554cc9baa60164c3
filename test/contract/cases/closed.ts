import { answers, says } from '../answers.ts';
import type { ContractCase } from '../contract-case.ts';

const route = 'closed';

/** What a server answers whose operator has switched something off. */
export const CLOSED: readonly ContractCase[] = [
  {
    route,
    claim: 'ALLOW_REGISTRATION=false: 403 JSON',
    cost: { registrations: 1 },
    anyServer: true,
    async run(context) {
      if (context.server.config.registrationEnabled) context.skip('registration is on here');
      const json = context.registration(context.newAccount());
      says(await context.auth('register', { json }), 403, 'Registration is not allowed.');
    },
  },
  {
    route,
    claim: 'ALLOW_PASSWORD_RESET=false: 403 text on both routes',
    cost: { resets: 1, submissions: 1 },
    anyServer: true,
    async run(context) {
      if (context.server.config.passwordResetEnabled) context.skip('password reset is on here');
      const refusal = 'Password reset is not allowed.';
      answers(
        await context.auth('requestPasswordReset', { json: { email: context.newAddress() } }),
        403,
        refusal,
      );
      const json = { userId: '0'.repeat(24), token: '0'.repeat(64), password: context.newPassword() };
      answers(await context.auth('resetPassword', { json }), 403, refusal);
    },
  },
];
