import type { DjangoUserId } from '../../contract/ids.ts';
import type { RotateReason } from '../../contract/messages.ts';
import type { Secret } from '../../contract/secret.ts';

/** Where the attempt of a rotation stands. */
export type Stage = 'probe' | 'link' | 'mark' | 'reset' | 'commit' | 'verify' | 'settle';

/** A credential that LibreChat and the row are to agree on. */
export interface Candidate {
  /** As it stands, or is to stand, in the row. */
  readonly sealed: string;
  readonly secret: Secret;
  readonly mintedAtSeconds: number;
}

/** A rotation after the mint. */
export interface Rotation {
  readonly user: DjangoUserId;
  readonly reason: RotateReason;
  readonly minted: Candidate;
}
