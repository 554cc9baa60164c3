import { describeError, type ErrorCode } from '../../contract/errors.ts';
import { EXIT, type ExitCode } from './command.ts';

/** What a command says about one user at its end, and what the process exits with. */
export interface Told {
  readonly text: string;
  readonly exit: ExitCode;
}

export const done = (text: string): Told => ({ text, exit: EXIT.ok });

export const failed = (text: string): Told => ({ text, exit: EXIT.failed });

export const because = (code: ErrorCode | undefined): string =>
  code === undefined ? 'No reason is known.' : `${code}: ${describeError(code)}`;
