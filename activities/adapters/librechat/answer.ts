import type { Cookie } from './cookies.ts';
import type { RateLimit } from './rate-limit.ts';

/** A complete answer of LibreChat, as far as anything is decided on it. Holds secrets: never to be logged. */
export interface Answer {
  readonly status: number;
  /** The body as it came. */
  readonly text: string;
  /** The body read as JSON, whatever its content type says; undefined when it is not JSON. */
  readonly json: unknown;
  /** `Location` of a redirect. Redirects are never followed. */
  readonly location: string | undefined;
  readonly cookies: ReadonlyMap<string, Cookie>;
  readonly rateLimit: RateLimit | undefined;
  /** Milliseconds since 1970, by our clock. */
  readonly receivedAt: number;
}

/** JSON by trying: `GET /api/endpoints` is JSON labelled HTML, and several errors are bare text. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
