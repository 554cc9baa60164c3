import type { NextFunction, Request, RequestHandler, Response } from 'express';
import jsonwebtoken from 'jsonwebtoken';
import type { User } from './documents.ts';
import { suffer } from './fault-answers.ts';
import type { Installation } from './installation.ts';

export type Answer = { status: number } & ({ json: unknown } | { text: string } | { redirect: string });
export type Body = Record<string, unknown>;

const TENANT = /^[-A-Za-z0-9_.]{1,128}$/;

let lastCall = 0;

/**
 * One request on its way through a route. The route reports each effect with `at`, which saves the snapshot, logs
 * the step and lets a fault act there; a fault that ends the call leaves the route waiting for ever, as a crash would.
 */
export class Call {
  readonly id = ++lastCall;
  readonly installation: Installation;
  readonly route: string;
  readonly req: Request;
  readonly res: Response;
  /** LibreChat's pre-auth tenant middleware believes this header; a malformed id is ignored. */
  readonly tenant: string | undefined;
  user: User | undefined;
  #address: string | null;

  constructor(installation: Installation, route: string, req: Request, res: Response) {
    this.installation = installation;
    this.route = route;
    this.req = req;
    this.res = res;
    const tenant = req.get('x-tenant-id');
    this.tenant = tenant !== undefined && TENANT.test(tenant) ? tenant : undefined;
    this.#address = this.#guessAddress();
  }

  get address(): string | null {
    return this.user?.email ?? this.#address;
  }

  get refreshCookie(): string | undefined {
    const cookies: Record<string, string> = this.req.cookies;
    return cookies['refreshToken'];
  }

  /** Reports that the call has come to a point. */
  async at(point: string): Promise<void> {
    const { installation, route, address } = this;
    if (installation.dead) await forEver();
    installation.save();
    const fault = installation.faults.take(route, point, address);
    installation.events.append({
      call: this.id,
      route,
      at: point,
      address,
      ...(fault ? { fault: fault.action, held: fault.action === 'hold' } : {}),
    });
    if (fault && (await suffer(fault, this)) === 'ended') await forEver();
  }

  /** Who this call is about, before any route has looked: from the body, the cookie or the bearer. */
  #guessAddress(): string | null {
    const body: Body | undefined = this.req.body;
    const email = body?.['email'] ?? this.req.query['address'];
    if (typeof email === 'string') return email.trim().toLowerCase();
    const bearer = this.req.get('authorization')?.split(' ')[1];
    const id = body?.['userId'] ?? idOf(this.refreshCookie) ?? idOf(bearer);
    return typeof id === 'string' ? (this.installation.database.peekId(id)?.email ?? null) : null;
  }
}

function idOf(token: string | undefined): unknown {
  const payload = token === undefined ? null : jsonwebtoken.decode(token);
  return typeof payload === 'object' && payload !== null ? payload['id'] : undefined;
}

async function forEver(): Promise<never> {
  return new Promise<never>(() => undefined);
}

const callOf = (res: Response): Call => res.locals['call'];

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** First in each route's chain: counts and logs the call, and is its point `before`. */
export function begin(installation: Installation, route: string): RequestHandler {
  return async (req: Request, res: Response, next: NextFunction) => {
    const call = new Call(installation, route, req, res);
    res.locals['call'] = call;
    const counter = installation.counter(route);
    counter.calls += 1;
    res.once('close', () => {
      const answered = res.writableFinished;
      const key = answered ? String(res.statusCode) : 'none';
      counter.statuses[key] = (counter.statuses[key] ?? 0) + 1;
      const { id, address } = call;
      installation.events.append({
        call: id,
        route,
        at: 'closed',
        address,
        status: res.statusCode,
        answered,
      });
    });
    await call.at('before');
    next();
  };
}

/** A middleware that knows its call. */
export function guard(check: (call: Call, next: NextFunction) => Promise<void> | void): RequestHandler {
  return async (_req, res, next) => check(callOf(res), next);
}

/** Last in each route's chain: runs the route, then the point `answer`, then sends. */
export function answering(handle: (call: Call) => Promise<Answer>): RequestHandler {
  return async (_req, res) => {
    const call = callOf(res);
    const answer = await handle(call);
    await call.at('answer');
    send(res, answer);
  };
}

/** Express's own `send` and `json`, which is where LibreChat's content types come from. */
function send(res: Response, answer: Answer): void {
  res.status(answer.status);
  if ('redirect' in answer) res.redirect(answer.redirect);
  else if ('text' in answer) res.send(answer.text);
  else res.json(answer.json);
}
