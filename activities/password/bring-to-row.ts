import { BridgeError } from '../../contract/errors.ts';
import type { Secret } from '../../contract/secret.ts';
import { sealedDigest } from '../credential-rules.ts';
import { endSession } from '../end-session.ts';
import { changePassword } from './change-password.ts';
import type { LinkedRow, LinkedRowWithPassword } from './linked-row.ts';
import { logIn, type Proof } from './log-in.ts';
import { requestLink, tokenOf, type Link } from './reset-link.ts';
import type { PasswordServices } from './services.ts';

/** A linked row with what its column holds. */
export interface RowPassword {
  readonly row: LinkedRowWithPassword;
  readonly password: Secret;
}

/** LibreChat has the password of the row. `moved`: somebody has written the row meanwhile, so it is to be read again. */
export type BroughtToRow =
  | { readonly kind: 'agreed'; readonly proof: Proof; readonly afterReset: boolean }
  | { readonly kind: 'moved' };

/**
 * Makes sure that LibreChat has the password that stands in the row.
 *
 * A login alone does not prove a row that is in doubt: another attempt may stand between its mark and its
 * reset, and would change the password after the login. So a link is asked for first, which kills those of others; from
 * then on a reset needs a new mark, and the version shows it.
 *
 * @param hold called before each write; throws when this attempt may have been given to another worker
 * @throws BridgeError `AccountMissing`, `AccountConflict`, `ResetUnavailable`, `ResetLinkMismatch`, `ResetUnknown`, and
 *   what the calls throw
 */
export async function bringToRow(
  services: PasswordServices,
  { row, password }: RowPassword,
  hold: (next: 'link' | 'mark' | 'reset') => void,
): Promise<BroughtToRow> {
  const { checked, link } = await checkRow(services, { row, password }, hold);
  if (checked !== 'rejected') return settleProof(services, row, row.version, checked, false);
  const token = tokenOf(link ?? (await requestLink(services, row)));
  if (token === undefined) throw new BridgeError('ResetUnavailable');
  const expected = sealedDigest(row.sealedPassword);
  const change = await changePassword(services, row, expected, { token, password }, hold);
  if (change.kind !== 'done') return { kind: 'moved' };
  const proof = await logIn(services, row, password);
  return proof === 'rejected' ? { kind: 'moved' } : settleProof(services, row, change.version, proof, true);
}

/**
 * Logs in with the password of the row, behind a fence where the row is in doubt.
 *
 * @returns the login, and the link that made the fence, for a reset that comes next
 */
export async function checkRow(
  services: PasswordServices,
  { row, password }: RowPassword,
  hold: (next: 'link') => void,
): Promise<{ readonly checked: Proof | 'rejected'; readonly link: Link | undefined }> {
  if (row.syncedAt !== null) return { checked: await logIn(services, row, password), link: undefined };
  hold('link');
  // Where LibreChat gives out no links, nobody can change a password either.
  const link = await requestLink(services, row);
  return { checked: await logIn(services, row, password), link };
}

/** Takes the doubt away, if there is one and the row is still as it was when the login could be relied on. */
export async function settleProof(
  { userTable, libreChat }: PasswordServices,
  row: LinkedRow,
  version: string,
  proof: Proof,
  afterReset: boolean,
): Promise<BroughtToRow> {
  const inDoubt = afterReset || row.syncedAt === null;
  if (!inDoubt || (await userTable.confirm(row.djangoUserId, version)))
    return { kind: 'agreed', proof, afterReset };
  if (proof.session !== undefined) await endSession(libreChat, proof.session);
  return { kind: 'moved' };
}
