import { BridgeError, describeError } from '../../contract/errors.ts';

/**
 * What one of our parsers found wrong with a variable. None of them quotes the value; what every such error says around
 * it, and the name that stands before it in the list, are left out.
 */
export function problemOf(name: string, error: unknown): string {
  if (!(error instanceof BridgeError)) return 'is not valid';
  const [before = '', after = ''] = describeError(error.code, '\n').split('\n');
  const detail = error.message.slice(before.length, -after.length);
  return detail.replace(new RegExp(`^${name}:? `), '');
}
