import { Secret } from '../../../contract/secret.ts';
import { parseHttpDate } from './http-date.ts';

/** A cookie as LibreChat sets it. `Domain`, `Path`, `Secure` and `SameSite` are for browsers and not kept. */
export interface Cookie {
  /** Percent-decoded. Never empty. */
  readonly value: string;
  /** `Expires`, milliseconds since 1970. */
  readonly expiresAt: number | undefined;
}

/**
 * Reads `Set-Cookie` lines. The last line of a name wins; one with an empty value (how LibreChat clears cookies) or
 * with broken percent-encoding counts as not there.
 */
export function parseSetCookies(lines: readonly string[]): ReadonlyMap<string, Cookie> {
  const cookies = new Map<string, Cookie>();
  for (const line of lines) {
    const [pair = '', ...attributes] = line.split(';');
    const equals = pair.indexOf('=');
    const name = pair.slice(0, equals).trim();
    if (equals < 1 || name === '') continue;
    const value = decodeValue(pair.slice(equals + 1).trim());
    if (value === '') cookies.delete(name);
    else cookies.set(name, { value, expiresAt: readExpires(attributes) });
  }
  return cookies;
}

/**
 * The `Cookie` header of refresh and logout. Nothing else that LibreChat ever set is sent back: `token_provider`
 * keeps it from looking for the tokens of an OpenID provider.
 */
export function sessionCookieHeader(refreshToken: Secret): Secret {
  return new Secret(`refreshToken=${encodeURIComponent(refreshToken.reveal())}; token_provider=librechat`);
}

function decodeValue(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

function readExpires(attributes: readonly string[]): number | undefined {
  for (const attribute of attributes) {
    const [name = '', value = ''] = attribute.split('=', 2);
    if (name.trim().toLowerCase() === 'expires') return parseHttpDate(value.trim());
  }
  return undefined;
}
