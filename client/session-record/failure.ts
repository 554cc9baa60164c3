import { isErrorCode, type ErrorCode } from '../../contract/errors.ts';

/** That a refresh failed, and until when (milliseconds since 1970) it makes no sense to ask for another one. */
export interface SessionFailure {
  readonly code: ErrorCode;
  readonly until: number;
}

/** As it stands in Redis. Nothing in it is worth sealing. */
export function formatFailure({ code, until }: SessionFailure): string {
  return JSON.stringify({ code, until });
}

/** A failure only spares calls, so one that cannot be read counts as none. */
export function parseFailure(raw: string | null): SessionFailure | null {
  const value: unknown = parseJson(raw ?? 'null');
  if (typeof value !== 'object' || value === null || !('code' in value) || !('until' in value)) return null;
  const { code, until } = value;
  return isErrorCode(code) && typeof until === 'number' ? { code, until } : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
