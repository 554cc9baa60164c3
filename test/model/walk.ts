import { BridgeError } from '../../contract/errors.ts';
import { ADDRESSES, OWN, Systems, VICTIM, type Broken } from './systems.ts';
import { Workflows, type Wish } from './workflows.ts';

/** One decision of a walk: what happens next, and to whom. */
export interface Decision {
  readonly event: Event;
  readonly whom: number;
}

export type Event =
  | 'step'
  | 'kill'
  | 'hang'
  | 'lose'
  | 'rotate'
  | 'repair'
  | 'incident'
  | 'wipe'
  | 'read'
  | 'save'
  | 'rewrap'
  | 'move'
  | 'deactivate'
  | 'activate'
  | 'suspend'
  | 'provision';

interface Chance {
  readonly event: Event;
  readonly weight: number;
}

/** Steps are what mostly happens. */
export const ROTATION_EVENTS: readonly Chance[] = [
  { event: 'step', weight: 60 },
  { event: 'kill', weight: 4 },
  { event: 'hang', weight: 6 },
  { event: 'lose', weight: 4 },
  { event: 'rotate', weight: 6 },
  { event: 'repair', weight: 2 },
  { event: 'incident', weight: 2 },
  { event: 'wipe', weight: 2 },
  { event: 'read', weight: 2 },
  { event: 'save', weight: 2 },
  { event: 'rewrap', weight: 2 },
  { event: 'move', weight: 1 },
];

/** Users leave and come back as well. */
export const EVENTS: readonly Chance[] = [
  ...ROTATION_EVENTS,
  { event: 'deactivate', weight: 2 },
  { event: 'activate', weight: 3 },
  { event: 'suspend', weight: 4 },
  { event: 'provision', weight: 2 },
];

/** Users who hardly do anything else than leave and come back. */
export const RETURN_EVENTS: readonly Chance[] = [
  { event: 'step', weight: 20 },
  { event: 'hang', weight: 3 },
  { event: 'wipe', weight: 3 },
  { event: 'activate', weight: 4 },
  { event: 'deactivate', weight: 4 },
  { event: 'suspend', weight: 4 },
  { event: 'provision', weight: 2 },
];

/** Far beyond what any rotation needs; a walk that is not still by then runs in circles. */
const LONGEST_CALM = 5_000;
const LONGEST_SWEEP = 20;

/**
 * Walks through LibreChat, row, histories and session record with any number of attempts at once, and checks after each
 * step that nobody is locked out, and at its end that all agree.
 *
 * @throws Error naming what was violated
 */
export async function walk(
  decisions: readonly Decision[],
  { broken, linked = true }: { readonly broken?: Broken; readonly linked?: boolean } = {},
): Promise<void> {
  const systems = new Systems(broken, linked);
  const workflows = new Workflows(systems);
  workflows.start(linked ? 'scheduled' : 'provision');
  let readByDjango = systems.row;
  for (const { event, whom } of decisions) {
    if (event === 'read') readByDjango = systems.row;
    else await happen(event, whom, systems, workflows, () => readByDjango);
    checkNobodyIsLockedOut(systems, workflows);
  }
  await calm(systems, workflows);
  if (!systems.row.active) systems.write({ active: true });
  await calm(systems, workflows);
  checkAllAgree(systems, workflows);
}

async function happen(
  event: Event,
  whom: number,
  systems: Systems,
  workflows: Workflows,
  readByDjango: () => Systems['row'],
): Promise<void> {
  const { gates } = workflows;
  const index = gates.waiting.length === 0 ? -1 : whom % gates.waiting.length;
  const gate = gates.waiting[index];
  if (event === 'step' && gate) await gates.open(index);
  else if (event === 'kill' && gate) workflows.kill(gate.actor);
  else if (event === 'hang' && gate) workflows.hang(gate.actor);
  else if (event === 'lose' && gate) await lose(index, gate.at, workflows);
  else if (event === 'rotate') workflows.start('scheduled');
  else if (event === 'repair' || event === 'incident' || event === 'suspend' || event === 'provision')
    workflows.start(event);
  else if (event === 'deactivate' || event === 'activate') systems.write({ active: event === 'activate' });
  else if (event === 'wipe') workflows.wipe();
  else if (event === 'save') systems.staleSave(readByDjango());
  else if (event === 'rewrap') systems.rewrap(readByDjango());
  else if (event === 'move' && systems.row.accountId !== null) moveAddress(systems);
}

/** A call is not answered, before or after its effect. The adapter says `unknown` of a reset, and throws for the rest. */
async function lose(index: number, at: string, { gates }: Workflows): Promise<void> {
  const ofLibreChat = /login|link|reset|logout/.test(at);
  const code = at.endsWith('reset')
    ? 'ResetUnknown'
    : ofLibreChat
      ? 'UpstreamUnavailable'
      : 'DatabaseUnavailable';
  await gates.fail(
    index,
    new BridgeError(/epoch|session|publish|sign/.test(at) ? 'SessionStoreUnavailable' : code),
  );
}

/** Somebody gives the row the address of another account, or takes it back. */
function moveAddress(systems: Systems): void {
  const email = systems.row.email === ADDRESSES.own ? ADDRESSES.victim : ADDRESSES.own;
  systems.write({ email });
}

/** I1: the row of an active user opens LibreChat, or an open run holds what does, or the row is in doubt or empty. */
function checkNobodyIsLockedOut(systems: Systems, { run }: Workflows): void {
  if (!systems.row.active || systems.agree || systems.row.syncedAt === null) return;
  const held =
    run?.minted === undefined ? undefined : systems.keyRing.open(run.minted.sealed).password.reveal();
  if (held === systems.passwords.get(OWN)) return;
  throw new Error('I1: the row does not open LibreChat, is not in doubt, and no run holds the password');
}

/** No more faults: everybody comes to an end, zombies too, and the sweep does what is left to do. */
async function calm(systems: Systems, workflows: Workflows): Promise<void> {
  systems.write({ email: ADDRESSES.own });
  for (let sweep = 0; sweep < LONGEST_SWEEP; sweep++) {
    for (let step = 0; workflows.gates.waiting.length > 0; step++) {
      if (step > LONGEST_CALM) throw new Error('The attempts run in circles');
      await workflows.gates.open(0);
      checkNobodyIsLockedOut(systems, workflows);
    }
    if (workflows.run !== undefined) throw new Error('A run waits for nobody');
    const wish = leftToDo(systems);
    if (wish === undefined) return;
    workflows.start(wish);
  }
  throw new Error('The row stays as it should not be, however often the sweep comes');
}

/** What the sweep starts: nothing else brings anybody back. */
function leftToDo({ row }: Systems): Wish | undefined {
  if (!row.active) return row.sealedPassword === null ? undefined : 'suspend';
  if (row.accountId === null || row.sealedPassword === null) return 'provision';
  return row.syncedAt === null ? 'repair' : undefined;
}

function checkAllAgree(systems: Systems, { recorded, rotating }: Workflows): void {
  if (!systems.agree) throw new Error('I1: in the end the row does not open LibreChat');
  if (systems.passwords.get(VICTIM) !== 'victims-password')
    throw new Error('I3: the password of another account was set');
  const known = new Set(['initial-password', ...recorded, ...systems.passwordsStored]);
  if (systems.passwordsSet.some(({ actor, password }) => rotating.has(actor) && !known.has(password))) {
    throw new Error('A password was set that no history holds');
  }
}
