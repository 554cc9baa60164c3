import type { Request, RequestHandler } from 'express';
import { MemoryStore, rateLimit, type RateLimitRequestHandler } from 'express-rate-limit';
import { clientAddress } from './client-address.ts';
import type { Settings } from './settings.ts';

const LIMITERS = {
  login: [
    'loginMax',
    'loginWindow',
    (n: number) => `Too many login attempts, please try again after ${n} minutes.`,
  ],
  register: [
    'registerMax',
    'registerWindow',
    (n: number) => `Too many accounts created, please try again after ${n} minutes`,
  ],
  resetPassword: ['resetPasswordMax', 'resetPasswordWindow', attempts],
  resetPasswordSubmission: ['resetPasswordSubmissionMax', 'resetPasswordSubmissionWindow', attempts],
  verifyEmail: ['verifyEmailMax', 'verifyEmailWindow', attempts],
  verifyEmailSubmission: ['verifyEmailSubmissionMax', 'verifyEmailSubmissionWindow', attempts],
} as const;

function attempts(minutes: number): string {
  return `Too many attempts, please try again after ${minutes} minute(s)`;
}

export type LimiterName = keyof typeof LIMITERS;

const MINUTE_MS = 60_000;

/**
 * LibreChat's limiters (`api/server/middleware/limiters/`): express-rate-limit with the legacy headers, keyed by
 * client address, in process memory.
 */
export class Limiters {
  readonly #settings: Settings;
  readonly #built = new Map<
    LimiterName,
    { handle: RateLimitRequestHandler; store: MemoryStore; window: number }
  >();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** The middleware of one limiter. Max and window may change at run time; a changed window starts empty. */
  handler(name: LimiterName): RequestHandler {
    return (req, res, next) => {
      if (this.#settings[LIMITERS[name][0]] === null) next();
      else void this.#limiter(name).handle(req, res, next);
    };
  }

  reset(): void {
    for (const { store } of this.#built.values()) void store.resetAll();
  }

  close(): void {
    for (const { store } of this.#built.values()) store.shutdown();
  }

  #limiter(name: LimiterName): { handle: RateLimitRequestHandler } {
    const [max, windowName, message] = LIMITERS[name];
    const window: number = this.#settings[windowName];
    const known = this.#built.get(name);
    if (known?.window === window) return known;
    known?.store.shutdown();
    const store = new MemoryStore();
    const handle = rateLimit({
      windowMs: Math.round(window * MINUTE_MS),
      limit: () => this.#settings[max] ?? 0,
      standardHeaders: false,
      legacyHeaders: true,
      validate: false,
      keyGenerator: (req: Request) => clientAddress(req),
      handler: (_req, res) => res.status(429).json({ message: message(window) }),
      store,
    });
    const built = { handle, store, window };
    this.#built.set(name, built);
    return built;
  }
}
