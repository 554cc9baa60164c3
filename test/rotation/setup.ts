import { applyCredential } from '../../activities/rotation/apply.ts';
import { mintCredential } from '../../activities/rotation/mint.ts';
import { verifyCredential } from '../../activities/rotation/verify.ts';
import type { MintedCredential } from '../../contract/activities.ts';
import { BridgeError } from '../../contract/errors.ts';
import { parseDjangoUserId } from '../../contract/ids.ts';
import type { RotateReason } from '../../contract/messages.ts';
import { setup as setUpBench, type Bench } from '../provisioning/setup.ts';
import { heldAttempt } from '../setup/held-attempt.ts';

/** A provisioned user on real adapters, and the steps of a rotation, to be taken one by one. */
export interface RotationBench extends Bench {
  /** A user who has an account. */
  provisioned(address: string): Promise<string>;
  mint(id: string): Promise<MintedCredential>;
  /** An attempt of the activity; the outcome of its verdict, or the code that it failed with. */
  apply(
    id: string,
    minted: MintedCredential,
    options?: { reason?: RotateReason; attempt?: number },
  ): Promise<string>;
  /** The first step of a repair. */
  verify(id: string): Promise<string>;
}

export async function setup(options: Parameters<typeof setUpBench>[0] = {}): Promise<RotationBench> {
  const bench = await setUpBench(options);
  const { services } = bench;
  return {
    ...bench,
    async provisioned(address) {
      const id = await bench.database.addUser({ email: address });
      const outcome = await bench.open(id);
      if (outcome !== 'provisioned') throw new Error(`The user was not provisioned: ${outcome}`);
      return id;
    },
    async mint(id) {
      const minted = await mintCredential(services, parseDjangoUserId(id), { overwriteUnreadable: false });
      if ('outcome' in minted) throw new Error(`Nothing was minted: ${minted.outcome}`);
      return minted;
    },
    apply(id, minted, { reason = 'manual', attempt: number = 1 } = {}) {
      const { password: secret, mintedAtSeconds } = services.keyRing.open(minted.sealed);
      const rotation = {
        user: parseDjangoUserId(id),
        reason,
        minted: { sealed: minted.sealed, secret, mintedAtSeconds },
      };
      const attempt = { ...heldAttempt, number };
      return outcomeOf(applyCredential(services, rotation, minted.expected, attempt));
    },
    verify: (id) => outcomeOf(verifyCredential(services, parseDjangoUserId(id), () => undefined)),
  };
}

async function outcomeOf(verdict: Promise<{ readonly outcome: string }>): Promise<string> {
  try {
    return (await verdict).outcome;
  } catch (error) {
    if (error instanceof BridgeError) return error.code;
    throw error;
  }
}
