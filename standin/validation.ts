import { z } from 'zod/v3';

/**
 * LibreChat's own schemas (`api/strategies/validators.js`), on zod 3 because its texts are part of the answers.
 */

const ALLOWED_CHARACTERS =
  /^[\p{Script=Latin}\p{Script=Common}\p{Script=Cyrillic}\p{Script=Devanagari}\p{Script=Han}\p{Script=Arabic}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]+$/u;
const INJECTION = /('|--|\$ne|\$gt|\$lt|\$or|\{|\}|\*|;|<|>|\/|=)/i;
const PASSWORD_MAX = 128;

const username = z
  .string()
  .min(2)
  .max(80)
  .refine((value) => ALLOWED_CHARACTERS.test(value), { message: 'Invalid characters in username' })
  .refine((value) => !INJECTION.test(value), { message: 'Potential injection attack detected' });

const password = (minimum: number) =>
  z
    .string()
    .min(minimum)
    .max(PASSWORD_MAX)
    .refine((value) => value.trim().length > 0, { message: 'Password cannot be only spaces' });

export const loginSchema = (minimum: number) =>
  z.object({ email: z.string().email(), password: password(minimum) });

export const registerSchema = (minimum: number) =>
  z
    .object({
      name: z.string().min(3).max(80),
      username: z
        .union([z.literal(''), username])
        .transform((value) => (value === '' ? null : value))
        .optional()
        .nullable(),
      email: z.string().email(),
      password: password(minimum),
      confirm_password: password(minimum),
    })
    .superRefine((body, context) => {
      if (body.confirm_password === body.password) return;
      context.addIssue({ code: 'custom', message: 'The passwords did not match' });
    });

/** `errorsToString` of LibreChat's data-provider: `<field>: <text>`, joined by a space; no field, an empty name. */
export function errorsToString(error: z.ZodError): string {
  return error.errors.map((issue) => `${issue.path[0] ?? ''}: ${issue.message}`).join(' ');
}
