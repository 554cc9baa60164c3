import { LONGEST_LIST, type FleetRequest } from './fleet.ts';
import { parseDjangoUserId } from './ids.ts';

/**
 * Whether something asks for a fleet run as the documentation has it. Operators may type a request into Temporal's UI, and
 * one that is misspelt must not be taken for one that rotates everybody.
 */
export function isFleetRequest(value: unknown): value is FleetRequest {
  if (typeof value !== 'object' || value === null) return false;
  const { mode, periodDays, djangoUserIds } = value as Partial<Record<keyof FleetRequest, unknown>>;
  switch (mode) {
    case 'due':
      return djangoUserIds === undefined && (periodDays === undefined || isPeriod(periodDays));
    case 'incident':
      return djangoUserIds === undefined && periodDays === undefined;
    case 'list':
      return isList(djangoUserIds) && periodDays === undefined;
    default:
      return false;
  }
}

const isPeriod = (days: unknown): boolean => typeof days === 'number' && Number.isFinite(days) && days >= 0;

const isList = (ids: unknown): boolean =>
  Array.isArray(ids) && ids.length > 0 && ids.length <= LONGEST_LIST && ids.every(isUserId);

function isUserId(value: unknown): boolean {
  try {
    return parseDjangoUserId(value) === value;
  } catch {
    return false;
  }
}
