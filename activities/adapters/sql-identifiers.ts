import { BridgeError } from '../../contract/errors.ts';

const PART = /^[A-Za-z_][A-Za-z0-9_$]{0,62}$/;

/**
 * Quotes `table` or `schema.table` for use in a statement.
 *
 * @throws BridgeError `ConfigurationInvalid` when it is anything else.
 */
export function quoteTable(name: string): string {
  const parts = name.split('.');
  if (parts.length > 2 || !parts.every((part) => PART.test(part))) {
    throw new BridgeError('ConfigurationInvalid', {
      detail: 'the user table must be named as table or schema.table',
    });
  }
  return parts.map((part) => `"${part}"`).join('.');
}
