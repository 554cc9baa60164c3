import { sessionWorkflowId } from '../../contract/ids.ts';
import { loginWithRow, passwordInRow } from '../setup/credentials.ts';
import { canariesFound, readHistories } from '../setup/histories.ts';
import type { Scene } from './paused-scene.ts';
import { patiently } from './patiently.ts';
import { refreshAtLibreChat } from './setup.ts';

/** What there is of a user's session. */
export interface Left {
  readonly record: string | null;
  readonly epoch: number;
  /** How often LibreChat was asked for a session. */
  readonly refreshes: number;
  readonly logins: number;
  readonly secrets: readonly string[];
}

/** What a worker that stood still has done when it was awake, and what there is then. */
export interface Aftermath {
  /** Whether the record is, byte for byte, what others have left there; or not there, if they have left none. */
  readonly recordKept: boolean;
  readonly epochKept: boolean;
  readonly refreshed: number;
  readonly loggedIn: number;
  /** At LibreChat. */
  readonly sessions: number | undefined;
  /** What LibreChat says to the refresh token of the record. */
  readonly refresh: number | undefined;
  /** What it says to the password of the row. */
  readonly login: string;
  /** Secrets, by their place in the list, that stand in a log or in the history of the refresh. */
  readonly leaked: readonly number[];
}

/** Looks at what there is before the worker wakes up. */
export async function lookAt(scene: Scene): Promise<Left> {
  const { world, vault, user } = scene;
  const { routes } = await patiently(() => world.standIn.control.counters());
  const record = await patiently(() => vault.records.read(user.key));
  return {
    record,
    epoch: await patiently(() => vault.records.readEpoch(user.key)),
    refreshes: routes['refresh']?.calls ?? 0,
    logins: routes['login']?.calls ?? 0,
    secrets: await secretsOf(scene, record !== null),
  };
}

/** All that must not be seen of a user, with the tokens of the session if there is one. */
export async function secretsOf(
  { world, vault, user }: Scene,
  hasSession = true,
): Promise<readonly string[]> {
  const { encryption, session, refresh } = world.keys;
  const secrets = [user.address, encryption, session, refresh, await passwordInRow(world, user.id)];
  if (!hasSession) return secrets;
  const { accessToken, refreshToken } = await patiently(() => vault.session(user.key));
  return [...secrets, accessToken.reveal(), refreshToken.reveal()];
}

/** Looks at what has become of it, once the worker has ended. */
export async function inspect(scene: Scene, left: Left, secrets: readonly string[]): Promise<Aftermath> {
  const { world, vault, user } = scene;
  const now = await lookAt(scene);
  const { sessions } = await patiently(() => user.account());
  const session = now.record === null ? undefined : await patiently(() => vault.session(user.key));
  const histories = await readHistories(world.client, sessionWorkflowId(user.key));
  const texts = [...scene.logs(), ...histories.flatMap(({ raw, payloads }) => [raw, ...payloads])];
  return {
    recordKept: now.record === left.record,
    epochKept: now.epoch === left.epoch,
    refreshed: now.refreshes - left.refreshes,
    loggedIn: now.logins - left.logins,
    sessions,
    refresh: session && (await patiently(() => refreshAtLibreChat(world, session))),
    login: await patiently(() => loginWithRow(world, user.id)),
    leaked: canariesFound(secrets, texts).map((secret) => secrets.indexOf(secret)),
  };
}
