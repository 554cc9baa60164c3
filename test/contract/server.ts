import { z } from 'zod';
import { COST_NAMES, totalCost, type ContractCase, type Cost, type CostName } from './contract-case.ts';
import { Http, unusedAddress, type Reply, type RequestParts } from './http.ts';
import type { ContractOptions } from './options.ts';

/** A limiter as an answer describes it. */
export interface Limit {
  readonly max: number;
  readonly remaining: number;
  /** Seconds since 1970, by the server's clock. */
  readonly resetsAt: number;
}

/** What is known of the server before the first case. */
export interface Server {
  readonly options: ContractOptions;
  readonly config: ServerConfig;
  /** Undefined: that route has no limiter. */
  readonly limits: Readonly<Partial<Record<CostName, Limit>>>;
  /** Whether `X-Forwarded-For` makes a client of its own. */
  readonly believesForwarded: boolean;
}

const CONFIG = z.object({
  registrationEnabled: z.boolean(),
  passwordResetEnabled: z.boolean(),
  emailLoginEnabled: z.boolean(),
  emailEnabled: z.boolean(),
  minPasswordLength: z.number().optional(),
  ldap: z.object({ enabled: z.boolean().optional() }).optional(),
});
type ServerConfig = z.output<typeof CONFIG>;

/** The suite cannot run on this server as it is set up. */
export class Refusal extends Error {
  constructor(problems: readonly string[]) {
    super(problems.map((problem) => `* ${problem}`).join('\n'));
  }
}

/** The environment variables of LibreChat that raise a limit. */
export const VARIABLES: Readonly<Record<CostName, string>> = {
  logins: 'LOGIN_MAX',
  registrations: 'REGISTER_MAX',
  resets: 'RESET_PASSWORD_MAX',
  submissions: 'RESET_PASSWORD_SUBMISSION_MAX',
};

/** Of each limited route a call without effect: its answer tells the limit. */
const WITHOUT_EFFECT: Readonly<Record<CostName, readonly [path: string, parts: RequestParts]>> = {
  logins: ['/api/auth/login', { json: {} }],
  registrations: ['/api/auth/register', { json: {} }],
  resets: ['/api/auth/requestPasswordReset', { json: {} }],
  submissions: ['/api/auth/resetPassword', { json: { userId: 'x', token: 'x', password: 'x' } }],
};

/**
 * Gets to know the server; costs at most one slot of each limit, and one more login.
 *
 * @throws Refusal when nobody answers, or it is no LibreChat
 */
export async function inspect(options: ContractOptions): Promise<Server> {
  const http = new Http(options.url);
  const config = readConfig(await first(http, '/api/config'));
  const ready = await first(http, '/readyz');
  if (ready.status !== 200) throw new Refusal([`GET /readyz says ${ready.status} ${ready.text}: not ready`]);
  const limits: Partial<Record<CostName, Limit>> = {};
  for (const name of COST_NAMES) {
    const [path, parts] = WITHOUT_EFFECT[name];
    const limit = limitOf(await http.call('POST', path, parts));
    if (limit !== undefined) limits[name] = limit;
  }
  return { options, config, limits, believesForwarded: await believes(http, limits.logins) };
}

async function first(http: Http, path: string): Promise<Reply> {
  try {
    return await http.call('GET', path);
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    throw new Refusal([`GET ${path}: no answer (${cause instanceof Error ? cause.message : String(cause)})`]);
  }
}

function readConfig(reply: Reply): ServerConfig {
  const parsed = CONFIG.safeParse(reply.json);
  if (reply.status === 200 && parsed.success) return parsed.data;
  const what = `${reply.status} ${reply.type ?? 'without a type'}`;
  throw new Refusal([`GET /api/config is not LibreChat's (${what}): is --url its base address?`]);
}

/** Reads the headers of a limiter; undefined when the answer has none. */
export function limitOf({ headers }: Reply): Limit | undefined {
  const [max, remaining, resetsAt] = ['limit', 'remaining', 'reset'].map((part) =>
    Number(headers.get(`x-ratelimit-${part}`) ?? Number.NaN),
  );
  if (max === undefined || remaining === undefined || resetsAt === undefined || Number.isNaN(max))
    return undefined;
  return { max, remaining, resetsAt };
}

/** After one call of ours, only another client has used just one slot. */
async function believes(http: Http, logins: Limit | undefined): Promise<boolean> {
  const headers = { 'x-forwarded-for': unusedAddress() };
  const limit = limitOf(await http.call('POST', '/api/auth/login', { json: {}, headers }));
  return logins !== undefined && limit !== undefined && limit.remaining === limit.max - 1;
}

const INSPECTION: Cost = { logins: 2, registrations: 1, resets: 1, submissions: 1 };
const TRYING_OUT: Cost = { logins: 1, registrations: 1, resets: 1, submissions: 0 };

/** Whether the cases need a server where accounts can be made and passwords reset without a mail. */
export const needsOpenServer = (cases: readonly ContractCase[]): boolean =>
  cases.some(({ anyServer }) => !anyServer);

/** All calls of the limited routes that a run of these cases makes, the start included. */
export function costOf(cases: readonly ContractCase[]): Cost {
  const start = needsOpenServer(cases) ? [INSPECTION, TRYING_OUT] : [INSPECTION];
  return totalCost([...start, ...cases.map(({ cost }) => cost)]);
}

/** Whether the limits in force allow these cases; says which variables are to be raised. */
export function limitProblems(server: Server, cases: readonly ContractCase[], nowMs: number): string[] {
  const all = costOf(cases);
  return COST_NAMES.flatMap((name) => {
    const limit = server.limits[name];
    const max = server.options.limits[name] ?? limit?.max;
    if (max !== undefined && max < all[name])
      return [`${VARIABLES[name]} is ${max}, but this run makes ${all[name]} ${name}: raise it and restart`];
    const toCome = all[name] - INSPECTION[name];
    if (limit === undefined || limit.remaining >= toCome) return [];
    const seconds = Math.max(0, Math.ceil(limit.resetsAt - nowMs / 1000));
    const until = `the window ends in ${seconds} s`;
    return [
      `${VARIABLES[name]} is ${max}, of which ${limit.remaining} are left: ${toCome} are needed; ${until}`,
    ];
  });
}

/** Whether `/api/config` says that the usual cases cannot run. */
export function configProblems({ config }: Server): string[] {
  const problems: string[] = [];
  if (!config.registrationEnabled) problems.push('registration is off: set ALLOW_REGISTRATION=true');
  if (!config.passwordResetEnabled) problems.push('password reset is off: set ALLOW_PASSWORD_RESET=true');
  if (config.emailEnabled) problems.push(`it sends mails: ${NO_MAIL}`);
  if (!config.emailLoginEnabled) problems.push('password login is off: set ALLOW_EMAIL_LOGIN=true');
  if (config.ldap?.enabled) problems.push('LDAP is on: local passwords do not log in');
  return problems;
}

export const NO_MAIL = 'unset EMAIL_FROM, so that reset links are in the answer';
