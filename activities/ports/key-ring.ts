import type { Secret } from '../../contract/secret.ts';

/** Fernet with a ring of keys: the first one seals, any of them opens. */
export interface KeyRing {
  /** Throws `KeyMissing` when the token opens under none of the keys, or is no Fernet token. */
  open(sealed: string): { readonly password: Secret; readonly mintedAtSeconds: number };
  /** The token's time is now, or `after` + 1 where that is later, unless `after` lies more than a day in the future. */
  seal(password: Secret, options?: { readonly afterSeconds?: number }): string;
}
