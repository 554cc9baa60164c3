import type { RotateVerdict } from '../../contract/messages.ts';
import { digestOf } from '../credential-rules.ts';
import { endSession } from '../end-session.ts';
import type { Attempt } from '../heartbeat.ts';
import { changePassword } from '../password/change-password.ts';
import { isLinked, type LinkedRow } from '../password/linked-row.ts';
import { logIn, type Proof } from '../password/log-in.ts';
import { requestLink, tokenOf } from '../password/reset-link.ts';
import type { PasswordServices } from '../password/services.ts';
import { whyNoLink } from '../password/why-no-link.ts';
import type { Rotation, Stage } from './rotation.ts';
import { settle } from './settle.ts';
import { verifyRotation } from './verify.ts';

/** LibreChat has the minted password, and the row is to get it if nobody has written it since `version`. */
interface Applied {
  readonly row: LinkedRow;
  readonly version: string;
  /** A login that has said so. */
  readonly proof: Proof | undefined;
}

/** What the row is to be changed from, and whether this run may have changed LibreChat already. */
interface Start {
  /** Digest of the column; null: it is empty. */
  readonly expected: string | null;
  readonly sent: boolean;
}

/** How often an attempt starts over because others work on the same account; then the row stays in doubt. */
const MAX_ROUNDS = 5;

/**
 * Makes LibreChat and the row agree on the minted password. Every part is safe to repeat, by this worker or another:
 *
 *   link     ask for a reset link, which kills those of others, for the very account that stands in the row
 *   probe    (where a reset may have been sent already) does LibreChat have the minted password?
 *   mark     put the row in doubt where it still holds the token that is to be replaced: the fence against zombies
 *   reset    set the password at LibreChat
 *   commit   put the minted token into the row, where nobody has written it since the mark
 *   verify   log in with it
 *   settle   somebody else has written the row: bring LibreChat to it, or start over, by the newer Fernet time
 *
 * It works without the old password and from an empty history.
 *
 * @param expectedAtMint digest of the token that the mint is to replace
 * @throws BridgeError the code that ends or repeats the attempt; the row is in doubt wherever LibreChat may have changed
 */
export async function applyCredential(
  services: PasswordServices,
  rotation: Rotation,
  expectedAtMint: string,
  attempt: Attempt<Stage>,
): Promise<RotateVerdict> {
  // An earlier attempt may have sent a reset whose answer nobody heard.
  let start: Start = { expected: expectedAtMint, sent: attempt.number > 1 };
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const applied = await apply(services, rotation, start, attempt);
    if (typeof applied === 'object' && 'outcome' in applied) return applied;
    if (applied === 'outdated') {
      start = { ...start, sent: true };
      continue;
    }
    if (applied !== 'fenced') {
      start = { ...start, sent: true };
      const verdict = await commit(services, rotation, applied, attempt);
      if (verdict !== undefined) return verdict;
    }
    const settled = await settle(services, rotation, start.sent, attempt);
    if ('outcome' in settled) return settled;
    start = { ...start, expected: settled.expected };
  }
  return { outcome: 'failed', code: 'Drift' };
}

async function apply(
  services: PasswordServices,
  rotation: Rotation,
  { expected, sent }: Start,
  attempt: Attempt<Stage>,
): Promise<Applied | 'outdated' | 'fenced' | RotateVerdict> {
  const { user, minted } = rotation;
  attempt.enter('link');
  const row = await services.userTable.read(user);
  // For a user who was deactivated meanwhile, what was begun is finished, and nothing new is begun.
  if (row === null || !isLinked(row) || (!row.active && !sent)) return 'fenced';
  const token = tokenOf(await requestLink(services, row));
  if (sent) {
    const proof = await probe(services, rotation, row, attempt);
    if (proof !== 'rejected')
      return isReplaceable(row, expected, rotation) ? applied(row, proof) : refuse(services, proof);
  }
  if (!row.active) return { outcome: 'inactive' };
  if (token === undefined) throw await whyNoLink(services, row);
  const change = await changePassword(services, row, expected, { token, password: minted.secret }, (next) =>
    attempt.enter(next),
  );
  return change.kind === 'done' ? { row, version: change.version, proof: undefined } : change.kind;
}

/**
 * A login with the minted password. Behind the link, what it says still holds when the row is written, if nobody has
 * written it in between. In an incident it does not count: after an answer that was lost nobody knows whether the old
 * sessions died with the old password, so the same secret is set once more.
 */
async function probe(
  services: PasswordServices,
  { reason, minted }: Rotation,
  row: LinkedRow,
  attempt: Attempt<Stage>,
): Promise<Proof | 'rejected'> {
  if (reason === 'incident') return 'rejected';
  attempt.enter('probe');
  return logIn(services, row, minted.secret);
}

/** What somebody else has put into the row meanwhile is for `settle` to judge. */
function isReplaceable(row: LinkedRow, expected: string | null, { minted }: Rotation): boolean {
  return row.sealedPassword === minted.sealed || digestOf(row) === expected;
}

const applied = (row: LinkedRow, proof: Proof): Applied => ({ row, version: row.version, proof });

async function refuse({ libreChat }: PasswordServices, { session }: Proof): Promise<'fenced'> {
  if (session !== undefined) await endSession(libreChat, session);
  return 'fenced';
}

/** The verdict, or undefined when the row was written by somebody else, or LibreChat has another password after all. */
async function commit(
  services: PasswordServices,
  rotation: Rotation,
  { row, version, proof }: Applied,
  attempt: Attempt<Stage>,
): Promise<RotateVerdict | undefined> {
  attempt.enter('commit');
  if (await services.userTable.commit(rotation.user, version, rotation.minted.sealed)) {
    return verifyRotation(services, rotation, row, proof, attempt);
  }
  if (proof?.session !== undefined) await endSession(services.libreChat, proof.session);
  return undefined;
}
