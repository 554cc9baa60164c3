import assert from 'node:assert/strict';
import type { z } from 'zod';
import type { Reply } from './http.ts';

export const JSON_TYPE = 'application/json; charset=utf-8';
export const TEXT_TYPE = 'text/html; charset=utf-8';

/** Asserts status, content type and body: a text, or an object that is the whole JSON. */
export function answers(reply: Reply, status: number, body: string | object, type?: string | null): void {
  const isText = typeof body === 'string';
  assert.deepEqual(
    { status: reply.status, type: reply.type, body: isText ? reply.text : (reply.json ?? reply.text) },
    { status, type: type === undefined ? (isText ? TEXT_TYPE : JSON_TYPE) : type, body },
  );
}

/** Asserts that it is the JSON `{"message": …}` and nothing else. */
export const says = (reply: Reply, status: number, message: string): void =>
  answers(reply, status, { message });

/** Asserts that the answer is JSON of this form, and reads it. */
export function reads<S extends z.ZodType>(reply: Reply, status: number, form: S): z.output<S> {
  assert.deepEqual({ status: reply.status, type: reply.type }, { status, type: JSON_TYPE }, bodyOf(reply));
  return fits(reply.json, form);
}

/** Asserts the form of any value, and reads it. */
export function fits<S extends z.ZodType>(value: unknown, form: S): z.output<S> {
  const parsed = form.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`,
  );
  return assert.fail(`The answer has another form: ${issues.join('; ')}`);
}

/** Asserts that it is one of several answers, given as `status body`. */
export function oneOf(reply: Reply, allowed: readonly string[]): void {
  const got = `${reply.status} ${reply.text}`;
  assert.ok(allowed.includes(got), `expected one of ${allowed.join(' | ')}, got ${got}`);
}

/** Of a reply that cannot be compared as a whole. */
function bodyOf(reply: Reply): string {
  const shown = reply.text.slice(0, 200);
  return `expected another status or type; got ${reply.status} ${reply.type ?? 'without a type'}: ${shown}`;
}

/** The payload of a JWT, unverified. */
export function claimsOf(token: string): Readonly<Record<string, unknown>> {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
  const claims: unknown = JSON.parse(payload);
  assert.ok(typeof claims === 'object' && claims !== null, 'a token without claims');
  return claims as Record<string, unknown>;
}

/** `exp` − `iat`, seconds. */
export function lifetimeOf(token: string): number {
  const { iat, exp } = claimsOf(token);
  return Number(exp) - Number(iat);
}
