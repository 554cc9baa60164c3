import { randomBytes } from 'node:crypto';
import { COST_NAMES, type CostName } from './contract-case.ts';

/** A cookie as it was set, with its attributes by lower-case name. */
export interface SetCookie {
  readonly value: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** A complete answer. */
export interface Reply {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
  /** The body read as JSON; undefined when it is none. */
  readonly json: unknown;
  readonly headers: Headers;
  readonly cookies: ReadonlyMap<string, SetCookie>;
  readonly ms: number;
}

/** What goes into a request besides method and path. */
export interface RequestParts {
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  /** A body that calls itself JSON, as it is. */
  readonly rawJson?: string;
  readonly bearer?: string | undefined;
  /** The value of the `refreshToken` cookie, sent together with `token_provider`. */
  readonly session?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Longer than the 30 s that a LibreChat without its database is silent. */
const TIMEOUT_MS = 45_000;

const BROWSER =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

const LIMITED: ReadonlyMap<string, CostName> = new Map([
  ['/api/auth/login', 'logins'],
  ['/api/auth/register', 'registrations'],
  ['/api/auth/requestPasswordReset', 'resets'],
  ['/api/auth/resetPassword', 'submissions'],
]);

/**
 * Plain HTTP to one server. It shares nothing with the project's adapter, which it is to be compared with. Counts the
 * calls that take a slot of this machine's limits.
 */
export class Http {
  readonly #base: string;
  readonly made: Record<CostName, number> = { logins: 0, registrations: 0, resets: 0, submissions: 0 };

  constructor(base: string) {
    this.#base = base.replace(/\/+$/, '');
  }

  /** Sends a request as a browser would, without following redirects. */
  async call(method: string, path: string, parts: RequestParts = {}): Promise<Reply> {
    this.#count(path, parts);
    const startedAt = performance.now();
    const response = await fetch(`${this.#base}${path}`, {
      method,
      headers: headersOf(parts),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...bodyOf(parts),
    });
    const text = await response.text();
    const ms = performance.now() - startedAt;
    const { status, headers } = response;
    const cookies = readCookies(headers.getSetCookie());
    return { status, type: headers.get('content-type'), text, json: readJson(text), headers, cookies, ms };
  }

  /** Calls from an address of its own have limits of their own; a JSON syntax error is free. */
  #count(path: string, { headers = {}, rawJson }: RequestParts): void {
    const name = LIMITED.get(path);
    if (name !== undefined && rawJson === undefined && !('x-forwarded-for' in headers)) this.made[name] += 1;
  }

  /** What was made of each kind, as text. */
  get bill(): string {
    return COST_NAMES.map((name) => `${this.made[name]} ${name}`).join(', ');
  }
}

/** A client address that nobody has had before, from the block that is set aside for documentation. */
export function unusedAddress(): string {
  const groups = randomBytes(8).toString('hex').match(/.{4}/g) ?? [];
  return `2001:db8:${groups.join(':')}:0:1`;
}

function headersOf(parts: RequestParts): Record<string, string> {
  const { bearer, session, headers = {} } = parts;
  return {
    accept: 'application/json, text/plain, */*',
    'user-agent': BROWSER,
    ...(parts.json === undefined && parts.rawJson === undefined
      ? {}
      : { 'content-type': 'application/json' }),
    ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    ...(session === undefined
      ? {}
      : { cookie: `refreshToken=${encodeURIComponent(session)}; token_provider=librechat` }),
    ...headers,
  };
}

function bodyOf({ json, form, rawJson }: RequestParts): { body?: string | URLSearchParams } {
  if (form !== undefined) return { body: new URLSearchParams(form) };
  if (rawJson !== undefined) return { body: rawJson };
  return json === undefined ? {} : { body: JSON.stringify(json) };
}

function readCookies(lines: readonly string[]): Map<string, SetCookie> {
  const cookies = new Map<string, SetCookie>();
  for (const line of lines) {
    const [[name, value] = ['', ''], ...attributes] = line.split(';').map(splitAtEquals);
    cookies.set(name, {
      value: decodeURIComponent(value),
      attributes: new Map(attributes.map(([name, value]) => [name.toLowerCase(), value])),
    });
  }
  return cookies;
}

function splitAtEquals(part: string): [string, string] {
  const equals = part.indexOf('=');
  return equals < 0 ? [part.trim(), ''] : [part.slice(0, equals).trim(), part.slice(equals + 1).trim()];
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
