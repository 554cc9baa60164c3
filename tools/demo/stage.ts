import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { createSessionStore } from '../../activities/adapters/session-store.ts';
import { parseKeyRing, readRecord } from '../../client/session-record/index.ts';
import { parseDjangoUserId } from '../../contract/ids.ts';
import { SEARCH_ATTRIBUTES } from '../../contract/messages.ts';
import { Secret } from '../../contract/secret.ts';
import type { World } from '../world.ts';
import { dim, good, rowText, told } from './print.ts';

/** Something is not as the story says it should be. */
export class NotAsTold extends Error {}

/** A user of the story, for the table at its end. */
export interface Character {
  readonly id: string;
  readonly address: string;
  outcome: string;
}

/** The world that the story plays in. */
export interface Stage {
  readonly world: World;
  readonly characters: Character[];
  readonly redisUrl: string;
}

const LONGEST_WAIT_MS = 60_000;
const PAUSE_MS = 20;

export function expectTold(what: string, holds: boolean): void {
  if (!holds) throw new NotAsTold(what);
}

/** Asks again and again until there is an answer. */
export async function until<Answer>(what: string, ask: () => Promise<Answer | undefined>): Promise<Answer> {
  for (const deadline = Date.now() + LONGEST_WAIT_MS; Date.now() < deadline; await sleep(PAUSE_MS)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
  }
  throw new NotAsTold(what);
}

/** A row appears in Django's table, and that is all. */
export async function appears(stage: Stage, address: string, firstName: string): Promise<Character> {
  const id = await stage.world.database.addUser({ email: address, firstName, lastName: 'Demo' });
  const character: Character = { id, address, outcome: 'waiting' };
  stage.characters.push(character);
  told(`user ${id} ${address} ${dim('signs up')}`);
  told(dim(`  row: ${rowText(await stage.world.database.user(id))}`));
  return character;
}

/** A row appears in Django's table, and Django starts the workflow. */
export async function signUp(
  stage: Stage,
  address: string,
  firstName: string,
): Promise<[Character, WorkflowHandle]> {
  const character = await appears(stage, address, firstName);
  return [character, await stage.world.provision(character.id)];
}

/** Waits for the workflow to end, and shows what is in the row now. */
export async function provisioned(stage: Stage, character: Character, handle: WorkflowHandle): Promise<void> {
  const begin = performance.now();
  const { outcome } = (await handle.result()) as { outcome: string };
  const row = await stage.world.database.user(character.id);
  told(`${good(outcome)} after ${Math.round(performance.now() - begin)} ms`);
  told(dim(`  row: ${rowText(row)}`));
  character.outcome = outcome;
  expectTold(
    `user ${character.id} is provisioned`,
    outcome === 'provisioned' && row.librechat_user_id !== null,
  );
}

/** Waits until the workflow says that it is blocked, and why. */
export async function blocked(character: Character, handle: WorkflowHandle, code: string): Promise<void> {
  const nextAttempt = await until(`user ${character.id} is blocked as ${code}`, async () => {
    const attributes = (await handle.describe()).typedSearchAttributes.getAll();
    const valueOf = (name: string): unknown => attributes.find(({ key }) => key.name === name)?.value;
    return valueOf(SEARCH_ATTRIBUTES.reason.name) === code
      ? valueOf(SEARCH_ATTRIBUTES.nextAttempt.name)
      : undefined;
  });
  character.outcome = `blocked: ${code}`;
  told(
    `user ${character.id} is blocked as ${code}; next attempt ${(nextAttempt as Date).toISOString().slice(11, 19)}`,
  );
}

/** What the front end would find in Redis. */
export async function sessionText({ world, redisUrl }: Stage, id: string): Promise<string> {
  const store = createSessionStore({
    url: new Secret(redisUrl),
    sessionKeys: parseKeyRing('LIBRECHAT_SESSION_KEY', new Secret(world.keys.session)),
    refreshKeys: parseKeyRing('LIBRECHAT_REFRESH_KEY', new Secret(world.keys.refresh)),
  });
  try {
    const raw = await store.records.read(parseDjangoUserId(id));
    if (raw === null) throw new NotAsTold(`a session of user ${id} lies in Redis`);
    const { expiresAt, sessionEndsAt } = readRecord(raw);
    const minutes = Math.round((expiresAt - Date.now()) / 60_000);
    const days = Math.round((sessionEndsAt - Date.now()) / 86_400_000);
    return `a sealed session of ${raw.length} bytes in Redis: token for ${minutes} minutes, session for ${days} days`;
  } finally {
    await store.disconnect();
  }
}
