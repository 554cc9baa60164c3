/** What a catch block needs, and nothing that reads or starts anything: for browsers, other services and tests. */
export { BridgeError, ERRORS, isErrorCode, type ErrorCode, type ErrorEntry } from '../contract/errors.ts';
export { SessionUnavailable } from './session/session-unavailable.ts';
