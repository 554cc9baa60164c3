import { BridgeError } from '../../contract/errors.ts';
import type { MintedCredential } from '../../contract/activities.ts';
import type { DjangoUserId } from '../../contract/ids.ts';
import type { RotateVerdict } from '../../contract/messages.ts';
import { isFarAhead, mintPassword, sealedDigest } from '../credential-rules.ts';
import type { KeyRing } from '../ports/key-ring.ts';
import type { PasswordServices } from '../password/services.ts';

/**
 * Makes a new password for a row that has one. Nothing is written and LibreChat is not asked, so a mint that is lost is
 * lost without harm.
 *
 * @param conditions.overwriteUnreadable an operator's word that a password which opens under no key may be given up
 * @param conditions.onlyIfMintedBefore seconds since 1970: a password that is not older is left alone
 * @throws BridgeError `KeyMissing`, `DatabaseUnavailable`
 */
export async function mintCredential(
  { userTable, keyRing }: PasswordServices,
  user: DjangoUserId,
  conditions: { readonly overwriteUnreadable: boolean; readonly onlyIfMintedBefore?: number },
): Promise<MintedCredential | RotateVerdict> {
  const { overwriteUnreadable, onlyIfMintedBefore } = conditions;
  const row = await userTable.read(user);
  if (row === null) return { outcome: 'gone' };
  if (!row.active) return { outcome: 'inactive' };
  if (row.accountId === null || row.sealedPassword === null)
    return { outcome: 'failed', code: 'NotProvisioned' };
  const afterSeconds = mintedAt(keyRing, row.sealedPassword, overwriteUnreadable);
  if (afterSeconds !== undefined && onlyIfMintedBefore !== undefined) {
    const isDue = afterSeconds < onlyIfMintedBefore || isFarAhead(afterSeconds, nowSeconds());
    if (!isDue) return { outcome: 'not-due' };
  }
  return {
    sealed: keyRing.seal(mintPassword(), laterThan(afterSeconds, onlyIfMintedBefore)),
    expected: sealedDigest(row.sealedPassword),
  };
}

/** Whoever asked for what is older, by a clock that is ahead of ours, must not find the new one due again. */
function laterThan(old: number | undefined, asked: number | undefined): { readonly afterSeconds?: number } {
  const times = [old, asked === undefined ? undefined : asked - 1].filter((time) => time !== undefined);
  const sane = times.filter((time) => !isFarAhead(time, nowSeconds()));
  return sane.length === 0 ? {} : { afterSeconds: Math.max(...sane) };
}

const nowSeconds = (): number => Date.now() / 1_000;

/** The new token's time must come after that of the old one: the newer time decides which of two writers is right. */
function mintedAt(keyRing: KeyRing, sealed: string, overwriteUnreadable: boolean): number | undefined {
  try {
    return keyRing.open(sealed).mintedAtSeconds;
  } catch (error) {
    if (overwriteUnreadable && error instanceof BridgeError && error.code === 'KeyMissing') return undefined;
    throw error;
  }
}
