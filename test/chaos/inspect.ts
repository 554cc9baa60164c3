import {
  openAccessToken,
  openRefreshToken,
  readRecord,
  type SessionRecord,
} from '../../client/session-record/index.ts';
import { accountWorkflowId, parseDjangoUserId } from '../../contract/ids.ts';
import { loginWithRow, passwordInRow } from '../setup/credentials.ts';
import { canariesFound, readHistories } from '../setup/histories.ts';
import type { Slot, Subject } from './slot.ts';

/** The password of a user's row does not open the account: what must never be. */
export const LOCKED_OUT = 'the password of the row does not open the account';

/** What of a user must not be seen anywhere, and what a later record must be newer than. */
export interface Before {
  readonly epoch: number;
  readonly canaries: readonly string[];
}

/** Notes what is true of a user before the rotation. */
export async function lookBefore(slot: Slot, subject: Subject): Promise<Before> {
  const { record, tokens } = await openRecord(slot, subject);
  const { encryption, session, refresh } = slot.world.keys;
  const canaries = [
    subject.address,
    encryption,
    session,
    refresh,
    await passwordInRow(slot.world, subject.id),
  ];
  return { epoch: record.epoch, canaries: [...canaries, tokens.access, tokens.refresh] };
}

/** What is asked of the end of a trial. */
export interface Expectations {
  /** Passwords that LibreChat may have had: that of the provisioning, and one for each rotation. */
  readonly passwords: number;
  /** Whether LibreChat has been told late to end all sessions, so that the new one may be among them. */
  readonly sessionMayBeOver: boolean;
  readonly logs: readonly string[];
}

/** Everything that is wrong once all is over, in words; nothing, as a rule. */
export async function problemsOf(
  slot: Slot,
  subject: Subject,
  before: Before,
  expected: Expectations,
): Promise<readonly string[]> {
  const { world } = slot;
  const problems: string[] = [];
  const login = await loginWithRow(world, subject.id);
  if (login !== 'own account') problems.push(`${LOCKED_OUT}: ${login}`);
  const row = await world.database.user(subject.id);
  if (row.librechat_synced_at === null) problems.push('the row is in doubt');
  const { distinctPasswords } = await world.standIn.control.account(subject.address);
  if (distinctPasswords > expected.passwords)
    problems.push(`LibreChat has had ${distinctPasswords} passwords, at most ${expected.passwords} were due`);
  const seen = await sessionProblems(slot, subject, before, expected.sessionMayBeOver);
  problems.push(...seen.problems);
  const canaries = [...before.canaries, ...seen.canaries, await passwordInRow(world, subject.id)];
  const leaked = await leaks(slot, subject, canaries, expected.logs);
  return [...problems, ...leaked];
}

async function sessionProblems(
  slot: Slot,
  subject: Subject,
  before: Before,
  mayBeOver: boolean,
): Promise<{ readonly problems: readonly string[]; readonly canaries: readonly string[] }> {
  try {
    const { record, tokens } = await openRecord(slot, subject);
    const problems: string[] = [];
    if (record.epoch <= before.epoch) problems.push('the session record is the old one');
    const shown = await getUser(slot.world.standIn.url, tokens.access);
    if (shown !== record.accountId) problems.push(`the access token of the record answers ${shown}`);
    if (!mayBeOver && !(await canRefresh(slot.world.standIn.url, tokens.refresh)))
      problems.push('the session of the record cannot be refreshed');
    return { problems, canaries: [tokens.access, tokens.refresh] };
  } catch (error) {
    return { problems: [`the session record does not open: ${String(error)}`], canaries: [] };
  }
}

async function openRecord(
  { sessions, sessionKeys, refreshKeys }: Slot,
  { id }: Subject,
): Promise<{ record: SessionRecord; tokens: { access: string; refresh: string } }> {
  const user = parseDjangoUserId(id);
  const raw = await sessions.records.read(user);
  if (raw === null) throw new Error('there is none');
  const record = readRecord(raw);
  const access = openAccessToken(record, user, sessionKeys).reveal();
  return { record, tokens: { access, refresh: openRefreshToken(record, user, refreshKeys).reveal() } };
}

async function getUser(url: string, accessToken: string): Promise<string> {
  const response = await fetch(`${url}/api/user`, { headers: { authorization: `Bearer ${accessToken}` } });
  if (!response.ok) return `status ${response.status}`;
  const { id, _id } = (await response.json()) as { id?: string; _id?: string };
  return id ?? _id ?? 'no id';
}

async function canRefresh(url: string, refreshToken: string): Promise<boolean> {
  const response = await fetch(`${url}/api/auth/refresh`, {
    method: 'POST',
    headers: { cookie: `refreshToken=${encodeURIComponent(refreshToken)}; token_provider=librechat` },
  });
  const text = await response.text();
  return response.status === 200 && text.includes('"token"');
}

async function leaks(
  { world }: Slot,
  { id }: Subject,
  canaries: readonly string[],
  logs: readonly string[],
): Promise<readonly string[]> {
  const histories = await readHistories(world.client, accountWorkflowId(parseDjangoUserId(id)));
  const texts = histories.flatMap(({ raw, payloads }) => [raw, ...payloads]);
  const inHistories = canariesFound(canaries, texts).map((one) => canaries.indexOf(one));
  const inLogs = canariesFound(canaries, logs).map((one) => canaries.indexOf(one));
  return [
    ...inHistories.map((index) => `secret number ${index} stands in a history`),
    ...inLogs.map((index) => `secret number ${index} stands in a log`),
  ];
}
