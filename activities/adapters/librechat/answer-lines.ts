import { z } from 'zod';

import type { BridgeError } from '../../../contract/errors.ts';
import type { Answer } from './answer.ts';

/** One line of the table in `classify.ts`: what an answer means, or undefined where the line does not apply. */
export type Line<Meaning> = (answer: Answer) => Meaning | BridgeError | undefined;

/** A JSON body with exactly this `message`. */
export function says<M>(
  status: number,
  message: string | readonly string[],
  to: () => NoInfer<M> | BridgeError,
): Line<M> {
  return body(status, z.object({ message: z.literal([message].flat()) }), to);
}

/** A body that is exactly this text. */
export function writes<M>(status: number, text: string, to: () => NoInfer<M> | BridgeError): Line<M> {
  return (answer) => (answer.status === status && answer.text === text ? to() : undefined);
}

/** A JSON body of this form. */
export function body<S extends z.ZodType, M>(
  status: number,
  form: S,
  to: (parsed: z.output<S>) => NoInfer<M> | BridgeError,
): Line<M> {
  return read(status, (answer) => form.safeParse(answer.json).data, to);
}

/** An answer that the reader understands. */
export function read<T, M>(
  status: number,
  reader: (answer: Answer) => T | undefined,
  to: (found: T) => NoInfer<M> | BridgeError,
): Line<M> {
  return (answer) => {
    const found = answer.status === status ? reader(answer) : undefined;
    return found === undefined ? undefined : to(found);
  };
}
