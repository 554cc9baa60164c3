import type { RouteAnswer } from './ports.ts';
import { CAUTIOUS_LIMIT, LONGEST_CALL_SECONDS, ROUNDING_MS } from './rules.ts';

/** A limiter of LibreChat, as its answers show it. Times are milliseconds of one clock, unless they are LibreChat's. */
export interface RouteWindow {
  /** Null: the route has none. */
  readonly limit: number | null;
  readonly windowMs: number;
  /** Whether LibreChat has named the limit, and whether the length of a window was seen. */
  readonly limitLearned: boolean;
  readonly windowLearned: boolean;
  /** Calls that LibreChat has counted in the open window. */
  readonly used: number;
  /** Those of them that went through this budget. */
  readonly mine: number;
  /** End of the open window; 0: none is open. */
  readonly endsAt: number;
  /** Calls whose answer was lost since LibreChat's count last covered them all; and when the last one was noted. */
  readonly lost: number;
  readonly lostAt: number;
  /** LibreChat's name for the window, and when it said so last (s, its clock). */
  readonly windowEnd: number;
  readonly saidAt: number;
}

/** A limiter of which nothing is known yet. */
export function newWindow(known: Pick<RouteWindow, 'limit' | 'windowMs'>): RouteWindow {
  const nothing = { used: 0, mine: 0, endsAt: 0, lost: 0, lostAt: 0, windowEnd: 0, saidAt: 0 };
  return { ...known, limitLearned: false, windowLearned: false, ...nothing };
}

/** The limiter at a later time. */
export function rolled(window: RouteWindow, now: number): RouteWindow {
  const open = window.endsAt <= now ? { ...window, used: 0, mine: 0, endsAt: 0 } : window;
  return open.lost > 0 && lostUntil(open) <= now ? { ...open, lost: 0 } : open;
}

/** Nobody knows which window a lost call was counted in: by then the last one possible has ended. */
export const lostUntil = ({ lostAt, windowMs }: RouteWindow): number => lostAt + windowMs;

/** After calls that LibreChat may have counted, but nobody heard the answer. */
export function noteLost(window: RouteWindow, calls: number, now: number): RouteWindow {
  return { ...window, lost: window.lost + calls, lostAt: now };
}

/**
 * After an answer to one call.
 *
 * @param takenAt when the call was taken, at the earliest; what was lost before that is part of what LibreChat says now
 */
export function hear(window: RouteWindow, answer: RouteAnswer, takenAt: number, now: number): RouteWindow {
  switch (answer.kind) {
    case 'unsent':
      return window;
    case 'unknown':
      return noteLost(window, 1, now);
    case 'unlimited':
      return { ...window, limit: null, limitLearned: true };
    case 'refused': {
      const limit = window.limit ?? CAUTIOUS_LIMIT;
      const endsAt = now + answer.retryInMs;
      return { ...window, limit, used: limit, mine: window.mine + 1, endsAt };
    }
    case 'limits':
      return isOlder(window, answer)
        ? { ...window, mine: window.mine + 1 }
        : counted(window, answer, takenAt, now);
  }
}

type Limits = Extract<RouteAnswer, { kind: 'limits' }>;

/**
 * Answers overtake each other. In what LibreChat said later, even an earlier end is news: it was restarted. So is what no
 * call on its way could have been late with: LibreChat's clock was set back.
 */
function isOlder(window: RouteWindow, { saidAt, windowEnd }: Limits): boolean {
  const behind = window.saidAt - saidAt;
  if (behind === 0) return windowEnd < window.windowEnd;
  return behind > 0 && behind <= LONGEST_CALL_SECONDS;
}

function counted(window: RouteWindow, answer: Limits, takenAt: number, now: number): RouteWindow {
  const { limit, remaining, windowEnd, saidAt } = answer;
  const length = windowLength(window, answer);
  // Either is too long by up to 2 s, and never too short.
  const endsAt = now + Math.min(answer.resetInMs, length.windowLearned ? length.windowMs : Infinity);
  const isSame = windowEnd === window.windowEnd && window.endsAt !== 0;
  return {
    limit,
    limitLearned: true,
    ...length,
    used: Math.max(isSame ? window.used : 0, limit - remaining),
    mine: isSame ? window.mine + 1 : 1,
    endsAt: isSame ? Math.min(window.endsAt, endsAt) : endsAt,
    lost: takenAt > window.lostAt ? 0 : window.lost,
    lostAt: window.lostAt,
    windowEnd,
    saidAt,
  };
}

/** The first call of a window shows its length, rounded up; the shortest such figure comes nearest. */
function windowLength(
  { windowMs, windowLearned }: RouteWindow,
  { limit, remaining, resetInMs }: Limits,
): Pick<RouteWindow, 'windowMs' | 'windowLearned'> {
  const isLonger = resetInMs - ROUNDING_MS > windowMs;
  if (remaining === limit - 1)
    return {
      windowMs: windowLearned && !isLonger ? Math.min(windowMs, resetInMs) : resetInMs,
      windowLearned: true,
    };
  return isLonger ? { windowMs: resetInMs, windowLearned: false } : { windowMs, windowLearned };
}
