import type { Route } from './routes.ts';

/** Routes that make LibreChat hash a password, which it does one at a time, about 90 ms each. */
const HASHING: ReadonlySet<Route> = new Set(['login', 'register', 'requestPasswordReset', 'resetPassword']);

/** Runs a call when it is its turn. */
export type HashingLane = <Value>(route: Route, send: () => Promise<Value>) => Promise<Value>;

/**
 * Lets at most `width` calls to hashing routes run at once, the others wait here in their order. What waits here has not
 * been sent, and its time-out has not begun: twenty rotations at once would otherwise wait for each other inside
 * LibreChat for longer than one may take, and nobody would know what became of them.
 */
export function createHashingLane(width: number): HashingLane {
  const waiting: (() => void)[] = [];
  let running = 0;
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  };
  return async (route, send) => {
    if (!HASHING.has(route)) return send();
    if (running < width) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await send();
    } finally {
      leave();
    }
  };
}
