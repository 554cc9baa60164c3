import { BridgeError } from '../../contract/errors.ts';
import type { Secret } from '../../contract/secret.ts';
import type { LinkedRow } from './linked-row.ts';
import type { PasswordServices } from './services.ts';

/**
 * `none`: resets are off, links are mailed, or LibreChat does not know the address. `mismatch`: the address leads to
 * another account than the linked one.
 */
export type Link =
  | { readonly kind: 'link'; readonly token: Secret }
  | { readonly kind: 'none' }
  | { readonly kind: 'mismatch' };

/**
 * Asks for a reset link, which also is a fence: it kills the older links of the account, so that whoever got one before
 * cannot set a password any more.
 */
export async function requestLink({ libreChat, address }: PasswordServices, row: LinkedRow): Promise<Link> {
  try {
    const link = await libreChat.requestPasswordReset(address.render(row));
    if (link.kind === 'no-link') return { kind: 'none' };
    return link.accountId === row.accountId ? { kind: 'link', token: link.token } : { kind: 'mismatch' };
  } catch (error) {
    if (error instanceof BridgeError && error.code === 'ResetUnavailable') return { kind: 'none' };
    throw error;
  }
}

/**
 * The token of a link that is to be used; undefined where there is none.
 *
 * @throws BridgeError `ResetLinkMismatch`: a password is set only on the account that stands in the row
 */
export function tokenOf(link: Link): Secret | undefined {
  if (link.kind === 'mismatch') throw new BridgeError('ResetLinkMismatch');
  return link.kind === 'link' ? link.token : undefined;
}
