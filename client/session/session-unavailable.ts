import { BridgeError, type ErrorCode } from '../../contract/errors.ts';

/** There is no session to be had right now. Answer with `ERRORS[code].httpStatus` and a `Retry-After`. */
export class SessionUnavailable extends BridgeError {
  override readonly name = 'SessionUnavailable';
  override readonly retryAfterSeconds: number;

  constructor(code: ErrorCode, retryAfterSeconds: number, cause?: unknown) {
    super(code, { retryAfterSeconds, ...(cause === undefined ? {} : { cause }) });
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
