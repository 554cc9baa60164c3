import { startStandIn, type RunningStandIn, type StandInOptions } from '../../standin/server.ts';
import type { Settings } from '../../standin/settings.ts';

export type Json = Record<string, unknown>;

/** Limits and hashes are out of the way unless a test is about them. */
const FAST: Partial<Settings> = {
  bcryptCost: 4,
  databaseLatencyMs: 0,
  loginMax: 1000,
  registerMax: 1000,
  resetPasswordMax: 1000,
  verifyEmailMax: 1000,
};

export const PASSWORD = 'first-password';

export interface Reply {
  status: number;
  type: string | null;
  text: string;
  json: Json;
  headers: Headers;
  /** The refresh cookie that came with the answer. */
  cookie: string | undefined;
}

/** One stand-in, and short words for what a test says to it. */
export class Bench {
  readonly standIn: RunningStandIn;

  constructor(standIn: RunningStandIn) {
    this.standIn = standIn;
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Reply> {
    const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const response = await fetch(this.standIn.url + path, {
      method,
      redirect: 'manual',
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...sent,
    });
    const text = await response.text();
    const cookies = response.headers.getSetCookie();
    const cookie = cookies.find((line) => line.startsWith('refreshToken='))?.split(';')[0];
    const type = response.headers.get('content-type');
    return { status: response.status, type, text, json: parsed(text), headers: response.headers, cookie };
  }

  async register(email: string, password = PASSWORD, headers: Record<string, string> = {}): Promise<Reply> {
    const body = { name: 'Somebody', email, password, confirm_password: password };
    return this.call('POST', '/api/auth/register', body, headers);
  }

  async login(email: string, password = PASSWORD, headers: Record<string, string> = {}): Promise<Reply> {
    return this.call('POST', '/api/auth/login', { email, password }, headers);
  }

  async refresh(cookie: string | undefined, query = ''): Promise<Reply> {
    return this.call('POST', `/api/auth/refresh${query}`, undefined, cookie === undefined ? {} : { cookie });
  }

  /** A registered address, logged in. */
  async enrolled(email: string): Promise<{ cookie: string; bearer: string; id: string }> {
    await this.register(email);
    const { cookie, json } = await this.login(email);
    const user = record(json['user']);
    return { cookie: cookie ?? '', bearer: `Bearer ${String(json['token'])}`, id: String(user['_id']) };
  }

  /** What a reset link carries. */
  async resetLink(email: string): Promise<{ token: string; userId: string }> {
    const { json } = await this.call('POST', '/api/auth/requestPasswordReset', { email });
    return linkOf(String(json['link']));
  }

  async reset(link: { token: string; userId: string }, password: string): Promise<Reply> {
    return this.call('POST', '/api/auth/resetPassword', { ...link, password });
  }

  async control(method: string, path: string, body?: unknown): Promise<Json> {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(String(this.standIn.controlUrl) + path, { method, headers, ...sent });
    return parsed(await response.text());
  }

  async fault(route: string, at: string, action: string, more: Json = {}): Promise<void> {
    await this.control('POST', '/faults', { route, at, action, ...more });
  }

  /** Waits until a call has come to a point. */
  async event(route: string, at: string, since = 0): Promise<Json> {
    const { events } = await this.control('GET', `/events?route=${route}&at=${at}&since=${since}&wait=5000`);
    const [first] = Array.isArray(events) ? events : [];
    if (first === undefined) throw new Error(`no call of ${route} came to ${at}`);
    return record(first);
  }

  async account(email: string): Promise<Json> {
    return this.control('GET', `/users/${email}`);
  }

  async settings(changes: Json): Promise<Json> {
    return this.control('POST', '/settings', changes);
  }
}

export async function setup(settings: Partial<Settings> = {}, options: StandInOptions = {}): Promise<Bench> {
  return new Bench(await startStandIn({ controlPort: 0, ...options, settings: { ...FAST, ...settings } }));
}

/** Runs a test body with a stand-in of its own. */
export function using(
  settings: Partial<Settings>,
  body: (bench: Bench) => Promise<void>,
): () => Promise<void> {
  return async () => {
    const bench = await setup(settings);
    try {
      await body(bench);
    } finally {
      await bench.standIn.close();
    }
  };
}

export function linkOf(link: string): { token: string; userId: string } {
  const { searchParams } = new URL(link);
  return { token: searchParams.get('token') ?? '', userId: searchParams.get('userId') ?? '' };
}

export function record(value: unknown): Json {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function parsed(text: string): Json {
  try {
    return record(JSON.parse(text));
  } catch {
    return {};
  }
}

export const statuses = (replies: Reply[]): number[] =>
  replies.map((reply) => reply.status).sort((a, b) => a - b);
