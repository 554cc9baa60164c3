/** What a catch block needs, and nothing that reads or starts anything: for browsers, other services and tests. */
export { ERRORS, type ErrorEntry } from '../contract/error-table.ts';
export { BridgeError, isErrorCode, type ErrorCode } from '../contract/errors.ts';
export { SessionUnavailable } from './session/session-unavailable.ts';
