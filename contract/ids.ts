import { BridgeError } from './errors.ts';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** The primary key of a row of Django's user table, in its one canonical spelling. */
export type DjangoUserId = Branded<'DjangoUserId'>;

/** The id of a LibreChat account: 24 lower-case hexadecimal digits (a MongoDB ObjectId). */
export type AccountId = Branded<'AccountId'>;

const BIGINT = /^(0|[1-9][0-9]{0,18})$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const OBJECT_ID = /^[0-9a-f]{24}$/;
const MAX_BIGINT = 9_223_372_036_854_775_807n;

/**
 * Reads a Django user id. PostgreSQL takes `'042'`, `' 42 '` and unhyphenated UUIDs as the same row, so a second
 * spelling would mean a second workflow for one account: only the canonical one is let through.
 *
 * @throws BridgeError `InvalidUserId`, without the value in its message.
 */
export function parseDjangoUserId(value: unknown): DjangoUserId {
  if (typeof value !== 'string')
    throw new BridgeError('InvalidUserId', { detail: `it is ${typeName(value)}, not text` });
  if (value === '') throw new BridgeError('InvalidUserId', { detail: 'it is empty' });
  if (value.length > 36)
    throw new BridgeError('InvalidUserId', { detail: `it is ${value.length} characters long` });
  if (UUID.test(value)) return value as DjangoUserId;
  if (BIGINT.test(value) && BigInt(value) <= MAX_BIGINT) return value as DjangoUserId;
  throw new BridgeError('InvalidUserId', { detail: 'it is not in canonical spelling' });
}

/**
 * Reads a LibreChat account id.
 *
 * @throws BridgeError `Unrecognized`
 */
export function parseAccountId(value: unknown): AccountId {
  if (typeof value === 'string' && OBJECT_ID.test(value)) return value as AccountId;
  throw new BridgeError('Unrecognized', { detail: 'an account id was not 24 hexadecimal digits' });
}

/** Interactive work: sign-ups, sessions, single rotations. */
export const TASK_QUEUE = 'librechat';

/**
 * Bulk work: the fleet's rotations and the provisionings that the sweep starts. It gives way to interactive work.
 *
 * @param taskQueue of the interactive work
 */
export const fleetTaskQueue = (taskQueue: string): string => `${taskQueue}-fleet`;

/** The queue of the interactive work, by that of the bulk work. */
export const interactiveTaskQueue = (queue: string): string => queue.replace(/-fleet$/, '');

/** The one open fleet run. Only tests have another queue than `librechat`. */
export const fleetWorkflowId = (taskQueue: string): string => `${taskQueue}/fleet`;

/** The one open shard with this number, of whatever fleet run. */
export const shardWorkflowId = (fleetId: string, shard: number): string => `${fleetId}/${shard}`;

/** A sweep; Temporal appends a time, since a schedule starts it. */
export const reconcileWorkflowId = (taskQueue: string): string => `${taskQueue}/reconcile`;

/** All schedules of this project begin with it, and no others are touched. */
export const scheduleIdPrefix = (taskQueue: string): string => `${taskQueue}/schedule/`;

/** The one open workflow that may change this user's account or password. */
export const accountWorkflowId = (user: DjangoUserId): string => `librechat/account/${user}`;

/** The one open refresh of this user's session, whatever number of processes ask for it. */
export const sessionWorkflowId = (user: DjangoUserId): string => `librechat/session/${user}`;

/** The one open sign-out of this user. */
export const signOutWorkflowId = (user: DjangoUserId): string => `librechat/sign-out/${user}`;

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `of type ${typeof value}`;
}
