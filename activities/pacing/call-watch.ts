import { AsyncLocalStorage } from 'node:async_hooks';
import type { AnswerSeen, LossSeen } from '../adapters/librechat/index.ts';
import type { RouteAnswer } from './ports.ts';
import { routeAnswer } from './route-answer.ts';

/** Passes on what the answer to each call said about the limit: the port's outcomes do not. */
export interface CallWatch {
  /** For the adapter. */
  readonly onAnswer: (seen: AnswerSeen) => void;
  readonly onLoss: (seen: LossSeen) => void;
  /** Makes one call. `heard` is told how it ended, also where it throws. */
  during<Value>(call: () => Promise<Value>, heard: (answer: RouteAnswer) => Promise<void>): Promise<Value>;
}

/** The watch of one adapter. Calls that run at once are told apart by the context that they run in. */
export function createCallWatch(): CallWatch {
  const current = new AsyncLocalStorage<{ answer: RouteAnswer }>();
  const note = (answer: RouteAnswer): void => {
    const call = current.getStore();
    if (call !== undefined) call.answer = answer;
  };
  return {
    onAnswer: (seen) => note(routeAnswer(seen)),
    onLoss: ({ sent }) => note({ kind: sent ? 'unknown' : 'unsent' }),
    async during(call, heard) {
      const seen: { answer: RouteAnswer } = { answer: { kind: 'unsent' } };
      try {
        return await current.run(seen, call);
      } finally {
        await heard(seen.answer);
      }
    },
  };
}
