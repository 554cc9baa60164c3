import { signOutWorkflowId } from '../../contract/ids.ts';
import type { RefreshVerdict } from '../../contract/messages.ts';
import { eventually } from '../setup/eventually.ts';
import { changeRow } from '../setup/user-in-world.ts';
import { patiently } from './patiently.ts';
import type { Scene } from './paused-scene.ts';

/** What happens to the user while a worker stands still. */
export interface Story {
  /** What happens before the other worker is there: it comes to the renewal as soon as it can. */
  begin?(scene: Scene): Promise<void>;
  /**
   * Ends when all has happened.
   *
   * @param refresh of the run that the worker stands in
   */
  tell(scene: Scene, refresh: Promise<RefreshVerdict>): Promise<void>;
  /** Whether there is a session then. */
  readonly session: boolean;
}

/** From the start of the other worker until a user who signed out is in again: Temporal notices the first after 5 s (ms). */
const BACK_IN_MS = 20_000;

async function expectOutcome(refresh: Promise<RefreshVerdict>, wanted: string): Promise<void> {
  const verdict = await refresh;
  const outcome = verdict.outcome === 'failed' ? verdict.code : verdict.outcome;
  if (!wanted.split(' ').includes(outcome)) throw new Error(`The refresh has ended: ${outcome}`);
}

async function signOut({ bff, user }: Scene): Promise<void> {
  const { outcome } = await bff.chat.signOut(user.id);
  if (outcome !== 'closing') throw new Error(`The sign-out has ended: ${outcome}`);
}

async function signedOut({ world, user }: Scene): Promise<void> {
  const { outcome } = await world.client.workflow.getHandle(signOutWorkflowId(user.key)).result();
  if (outcome !== 'ended') throw new Error(`The sign-out has ended: ${outcome}`);
}

export const STORIES = {
  'nothing else happens': { session: true, tell: (_scene, refresh) => expectOutcome(refresh, 'fresh') },
  'another worker renews the session': {
    session: true,
    tell: (_scene, refresh) => expectOutcome(refresh, 'renewed opened'),
  },
  'the user signs out': {
    session: false,
    begin: signOut,
    async tell(scene, refresh) {
      // Pending: the run has ended without a verdict.
      await expectOutcome(refresh, 'SignedOut SessionPending');
      await signedOut(scene);
    },
  },
  'the user signs out and in again': {
    session: true,
    begin: signOut,
    async tell(scene, refresh) {
      await patiently(() => scene.bff.chat.session(scene.user.id, { waitMs: BACK_IN_MS }));
      await expectOutcome(refresh, 'SignedOut');
      await signedOut(scene);
    },
  },
  'the password is rotated': {
    session: true,
    async tell({ user }, refresh) {
      const { outcome } = await user.rotate({ reason: 'manual' });
      if (outcome !== 'rotated') throw new Error(`The rotation has ended: ${outcome}`);
      // The other worker comes to the renewal before the rotation or after it.
      await expectOutcome(refresh, 'fresh opened');
    },
  },
  'the user is deactivated': {
    session: false,
    begin: ({ world, user }) => changeRow(world, user, { is_active: false }),
    async tell({ vault, user }, refresh) {
      await expectOutcome(refresh, 'UserInactive');
      await eventually('the session is closed', async () => {
        return (await patiently(() => vault.records.readClosing(user.key))) === null;
      });
    },
  },
} as const satisfies Record<string, Story>;
