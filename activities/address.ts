import { BridgeError } from '../contract/errors.ts';
import type { UserRow } from './ports/user-table.ts';

/** Turns rows into LibreChat addresses by the template `LIBRECHAT_ADDRESS`. */
export interface AddressTemplate {
  /** True where the address depends on the row's e-mail address, so that two rows can have the same one. */
  readonly usesEmail: boolean;
  /**
   * The address of a row at LibreChat: in lower case and without spaces around it, as the search for other rows with
   * the same address (`lower(btrim(email))`) takes it.
   *
   * @throws BridgeError `AddressRefused` when the row has no e-mail address and the template needs one.
   */
  render(row: Pick<UserRow, 'djangoUserId' | 'email'>): string;
}

const PLACEHOLDER = /\{(email|id)\}/g;

/**
 * @param template `{email}`, or an address that holds `{id}`, such as `u{id}@chat.example.invalid`
 * @throws BridgeError `ConfigurationInvalid`
 */
export function parseAddressTemplate(template: string): AddressTemplate {
  const placeholders = template.match(PLACEHOLDER) ?? [];
  const rest = template.replaceAll(PLACEHOLDER, '1');
  if (placeholders.length !== 1 || /[{}\s]/.test(rest) || (template !== '{email}' && !rest.includes('@'))) {
    throw new BridgeError('ConfigurationInvalid', {
      detail:
        'LIBRECHAT_ADDRESS must be {email}, or an address with {id} in it such as u{id}@chat.example.invalid',
    });
  }
  const usesEmail = placeholders[0] === '{email}';
  return {
    usesEmail,
    render(row) {
      if (usesEmail && row.email === null) {
        throw new BridgeError('AddressRefused', { detail: 'the row has no e-mail address' });
      }
      const value = usesEmail ? (row.email ?? '').replaceAll(/^ +| +$/g, '') : row.djangoUserId;
      return template.replace(PLACEHOLDER, () => value).toLowerCase();
    },
  };
}

/** LibreChat takes names of 3 to 80 characters (`POST /api/auth/register`). */
const NAME = { min: 3, max: 80 } as const;

/** The name to register a row under: first and last name, or `User <id>` where they are too short. */
export function accountName(row: Pick<UserRow, 'djangoUserId' | 'firstName' | 'lastName'>): string {
  const full = `${row.firstName.trim()} ${row.lastName.trim()}`.trim();
  // LibreChat counts in UTF-16 units, as `length` does; a pair that is cut in two is dropped.
  const cut = full.slice(0, NAME.max).replace(/[\uD800-\uDBFF]$/, '');
  const name = cut.trim();
  return name.length < NAME.min ? `User ${row.djangoUserId}` : name;
}
