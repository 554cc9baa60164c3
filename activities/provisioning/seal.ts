import { BridgeError } from '../../contract/errors.ts';
import type { DjangoUserId } from '../../contract/ids.ts';
import type { ProvisionVerdict } from '../../contract/messages.ts';
import { digestOf, isUsablePassword, mintPassword, sealedDigest } from '../credential-rules.ts';
import type { Credential } from '../ports/librechat.ts';
import type { UserRow } from '../ports/user-table.ts';
import type { ProvisioningServices } from './services.ts';

/** A row that is to be opened at LibreChat, with its credential. */
export interface RowToOpen {
  readonly row: UserRow & { readonly sealedPassword: string };
  readonly credential: Credential;
  /** Of the sealed password that the credential came from. */
  readonly digest: string;
}

/**
 * Reads the row and makes sure that it holds a usable password.
 *
 * @throws BridgeError `AccountConflict`, `AddressRefused`, `KeyMissing`, `DatabaseUnavailable`, `Drift`
 */
export async function sealRow(
  services: ProvisioningServices,
  user: DjangoUserId,
): Promise<RowToOpen | ProvisionVerdict> {
  const row = await services.userTable.read(user);
  if (row === null) return { outcome: 'gone' };
  if (!row.active) return { outcome: 'inactive' };
  const password =
    row.sealedPassword === null ? undefined : services.keyRing.open(row.sealedPassword).password;
  if (
    row.accountId !== null &&
    row.syncedAt !== null &&
    password !== undefined &&
    isUsablePassword(password)
  ) {
    return { outcome: 'already' };
  }
  await refuseSharedAddress(services, row);
  const address = services.address.render(row);
  if (row.sealedPassword !== null && password !== undefined && isUsablePassword(password)) {
    const { sealedPassword } = row;
    return {
      row: { ...row, sealedPassword },
      credential: { address, password },
      digest: sealedDigest(sealedPassword),
    };
  }
  return mintForRow(services, row, address);
}

/** Gives the row a new password, by compare-and-set against what was read. */
export async function mintForRow(
  { keyRing, userTable }: ProvisioningServices,
  row: UserRow,
  address: string,
): Promise<RowToOpen> {
  const old = row.sealedPassword;
  const password = mintPassword();
  const afterSeconds = old === null ? undefined : keyRing.open(old).mintedAtSeconds;
  const sealed = keyRing.seal(password, afterSeconds === undefined ? {} : { afterSeconds });
  const version = await userTable.replacePassword(row.djangoUserId, digestOf(row), sealed);
  if (version === null)
    throw new BridgeError('Drift', { detail: 'the row was written by somebody else in the meantime' });
  return {
    row: { ...row, sealedPassword: sealed, syncedAt: null, version },
    credential: { address, password },
    digest: sealedDigest(sealed),
  };
}

/** Two rows with one address would share one account: the linked one keeps it, of two others neither gets it. */
async function refuseSharedAddress(
  { userTable, address }: ProvisioningServices,
  row: UserRow,
): Promise<void> {
  if (!address.usesEmail || row.email === null || row.accountId !== null) return;
  const others = await userTable.othersWithAddress(row);
  if (others.length === 0) return;
  const names = others.map(
    ({ djangoUserId, linked }) => `${djangoUserId}${linked ? ' (which has the account)' : ''}`,
  );
  throw new BridgeError('AccountConflict', {
    detail: `the address is also that of user ${names.join(', ')}`,
  });
}
