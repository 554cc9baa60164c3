import type { CaseContext } from './context.ts';

/** The calls of limited routes that something makes, by the limit that they count against. */
export interface Cost {
  readonly logins: number;
  readonly registrations: number;
  /** Requests for a reset link. */
  readonly resets: number;
  /** Uses of a reset link. Only newer LibreChats limit them. */
  readonly submissions: number;
}

export type CostName = keyof Cost;
export const COST_NAMES = ['logins', 'registrations', 'resets', 'submissions'] as const;

/** One claim about a server. Cases know nothing of each other and may run at the same time. */
export interface ContractCase {
  /** What the report groups by, and what `--route` selects. */
  readonly route: string;
  readonly claim: string;
  /** The most that it makes of each kind; the runner counts and fails a case that makes more. */
  readonly cost: Partial<Cost>;
  /** True where it can run on a server that is closed for registration or resets, or that sends mails. */
  readonly anyServer?: true;
  /** Throws when the claim is not true; calls `context.skip` when it cannot be decided here. */
  readonly run: (context: CaseContext) => Promise<void>;
}

/** Thrown by `context.skip`. */
export class Undecided extends Error {}

/** Adds up what cases and the start of the suite make. */
export function totalCost(costs: readonly Partial<Cost>[]): Cost {
  const sum = (name: CostName): number => costs.reduce((total, cost) => total + (cost[name] ?? 0), 0);
  return {
    logins: sum('logins'),
    registrations: sum('registrations'),
    resets: sum('resets'),
    submissions: sum('submissions'),
  };
}
