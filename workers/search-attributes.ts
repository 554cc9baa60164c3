import { setTimeout as sleep } from 'node:timers/promises';
import type { NativeConnection } from '@temporalio/worker';
import { BridgeError } from '../contract/errors.ts';
import { SEARCH_ATTRIBUTES } from '../contract/messages.ts';

/** `temporal.api.enums.v1.IndexedValueType` */
const INDEXED_VALUE_TYPE = { KEYWORD: 2, DATETIME: 6 } as const;
const WRITTEN = { KEYWORD: 'Keyword', DATETIME: 'Datetime' } as const;

const CACHE_TIMEOUT_MS = 15_000;
const CACHE_PAUSE_MS = 250;

const GRPC = { invalidArgument: 3, alreadyExists: 6, permissionDenied: 7, unimplemented: 12 } as const;

type Attribute = (typeof SEARCH_ATTRIBUTES)[keyof typeof SEARCH_ATTRIBUTES];

/**
 * Makes sure that the namespace knows our search attributes, before the worker polls: a workflow that upserts an unknown
 * one fails its task again and again, for ever. Registers them where it may.
 *
 * @throws BridgeError `ConfigurationInvalid`, naming the commands to register them by hand
 */
export async function ensureSearchAttributes(connection: NativeConnection, namespace: string): Promise<void> {
  const missing = await missingAttributes(connection, namespace);
  if (missing.length === 0) return;
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map(({ name, type }) => [name, INDEXED_VALUE_TYPE[type]])),
    });
  } catch (error) {
    if (codeOf(error) !== GRPC.alreadyExists) throw notRegistered(missing, namespace);
  }
  // Added, but not necessarily visible yet: some servers read them from a cache.
  for (const deadline = Date.now() + CACHE_TIMEOUT_MS; ; await sleep(CACHE_PAUSE_MS)) {
    const stillMissing = await missingAttributes(connection, namespace);
    if (stillMissing.length === 0) return;
    if (Date.now() > deadline) throw notRegistered(stillMissing, namespace);
  }
}

async function missingAttributes(
  connection: NativeConnection,
  namespace: string,
): Promise<readonly Attribute[]> {
  const wanted = Object.values(SEARCH_ATTRIBUTES);
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const known = new Map<string, number>(Object.entries(customAttributes));
    const otherwise = wanted.filter(
      ({ name, type }) => known.has(name) && known.get(name) !== INDEXED_VALUE_TYPE[type],
    );
    if (otherwise.length > 0) throw otherType(otherwise, namespace);
    return wanted.filter(({ name }) => !known.has(name));
  } catch (error) {
    const code = codeOf(error);
    if (code !== GRPC.permissionDenied && code !== GRPC.unimplemented) throw error;
  }
  // Temporal Cloud has no operator service; a query by an unknown attribute is refused everywhere.
  const known = await Promise.all(wanted.map(({ name }) => isKnown(connection, namespace, name)));
  return wanted.filter((_, index) => known[index] !== true);
}

async function isKnown(connection: NativeConnection, namespace: string, name: string): Promise<boolean> {
  try {
    await connection.workflowService.countWorkflowExecutions({ namespace, query: `${name} IS NOT NULL` });
    return true;
  } catch (error) {
    if (codeOf(error) === GRPC.invalidArgument) return false;
    throw error;
  }
}

function codeOf(error: unknown): number | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'number' ? code : undefined;
}

function notRegistered(missing: readonly Attribute[], namespace: string): BridgeError {
  return new BridgeError('ConfigurationInvalid', {
    detail: `Temporal does not know the search attributes ${namesOf(missing)}. ${howToAdd(missing, namespace)}`,
  });
}

function otherType(attributes: readonly Attribute[], namespace: string): BridgeError {
  const removal = attributes.map(({ name }) => `--name ${name}`).join(' ');
  return new BridgeError('ConfigurationInvalid', {
    detail:
      `Temporal has the search attributes ${namesOf(attributes)} with another type. Remove them first (self-hosted: ` +
      `temporal operator search-attribute remove --namespace ${namespace} ${removal}), or take another namespace. ` +
      howToAdd(attributes, namespace),
  });
}

function howToAdd(attributes: readonly Attribute[], namespace: string): string {
  const flags = attributes.map(({ name, type }) => `--name ${name} --type ${WRITTEN[type]}`).join(' ');
  const cloud = attributes.map(({ name, type }) => `--search-attribute "${name}=${WRITTEN[type]}"`).join(' ');
  return (
    `Self-hosted: temporal operator search-attribute create --namespace ${namespace} ${flags}. ` +
    `Temporal Cloud: tcld namespace search-attributes add --namespace ${namespace} ${cloud}`
  );
}

const namesOf = (attributes: readonly Attribute[]): string => attributes.map(({ name }) => name).join(', ');
