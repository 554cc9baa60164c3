import { createRateBudget } from '../../activities/adapters/rate-budget.ts';
import { capacityFor, type Capacity, type Demand } from '../../activities/pacing/capacity.ts';
import { MemoryBudget } from '../../activities/pacing/memory-budget.ts';
import type { LimitedRoute, RouteLimit, RouteLimits } from '../../activities/pacing/ports.ts';
import { LIMITED_ROUTES } from '../../activities/pacing/rules.ts';
import { BridgeError } from '../../contract/errors.ts';
import { Secret } from '../../contract/secret.ts';
import { EXIT, readArguments, UsageError, type Command, type Terminal } from './command.ts';
import { readSettings } from './settings.ts';

/** LibreChat's variables: the calls per window, and its minutes. */
const VARIABLES: Readonly<Record<LimitedRoute, { readonly max: string; readonly window: string }>> = {
  login: { max: 'LOGIN_MAX', window: 'LOGIN_WINDOW' },
  register: { max: 'REGISTER_MAX', window: 'REGISTER_WINDOW' },
  requestPasswordReset: { max: 'RESET_PASSWORD_MAX', window: 'RESET_PASSWORD_WINDOW' },
  resetPassword: { max: 'RESET_PASSWORD_MAX', window: 'RESET_PASSWORD_WINDOW' },
};

/** The share of its time spent hashing from which on others notice it. */
const BUSY = 0.5;

/** `capacity` */
export const capacity: Command = {
  summary: 'What fits into LibreChat’s limits, and which of them to raise',
  help: `Usage: capacity --users N [--period-days D] [--sign-ups-per-hour M]

Says how many sign-ups, logins and rotations LibreChat's limits leave room for, whether N users can have a new password
every D days beside the share that is left to people, and which variables of LibreChat to raise if they cannot. LibreChat is
not called: its limits are those that its answers to the worker named last, or its defaults where nobody has heard any.

  --users N               Users with an account.
  --period-days D         How often each password is replaced; default ROTATION_PERIOD_DAYS, else 30.
  --sign-ups-per-hour M   How many people sign up in a busy hour; default 0.

Exits with 1 where it does not fit. Needs REDIS_URL and LIBRECHAT_API_URL, as the worker has them (or *_FILE), and
ROTATION_PERIOD_DAYS, if the worker has it.`,

  async run(args, terminal) {
    const { values } = readArguments(args, [], {
      users: { type: 'string' },
      'period-days': { type: 'string' },
      'sign-ups-per-hour': { type: 'string', default: '0' },
    });
    if (values.users === undefined) throw new UsageError('--users is missing');
    const demand = {
      users: wholeNumber('users', values.users),
      periodDays: readPeriod(values['period-days'], terminal),
      signUpsPerHour: wholeNumber('sign-ups-per-hour', values['sign-ups-per-hour']),
    };
    const limits = await limitsInForce(terminal);
    const found = capacityFor(limits, demand);
    for (const line of [
      ...tellLimits(limits),
      '',
      ...tellRoom(found, demand),
      '',
      ...tellDemand(found, demand),
    ])
      terminal.out(line);
    return fits(found) ? EXIT.ok : EXIT.failed;
  },
};

function readPeriod(given: string | undefined, terminal: Terminal): number {
  if (given === undefined) return readSettings(terminal, ['ROTATION_PERIOD_DAYS']).ROTATION_PERIOD_DAYS;
  const days = wholeNumber('period-days', given);
  if (days === 0) throw new UsageError('--period-days takes 1 or more');
  return days;
}

function wholeNumber(name: string, value: string): number {
  if (!/^[0-9]{1,9}$/.test(value)) throw new UsageError(`--${name} takes a whole number`);
  return Number(value);
}

async function limitsInForce(terminal: Terminal): Promise<RouteLimits> {
  const settings = readSettings(terminal, ['REDIS_URL', 'LIBRECHAT_API_URL']);
  const budget = createRateBudget({
    url: new Secret(settings.REDIS_URL),
    libreChatUrl: settings.LIBRECHAT_API_URL,
  });
  try {
    return await budget.limits();
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    terminal.note(`${error.code}: ${error.message} LibreChat's defaults are assumed.`);
    return new MemoryBudget().limits();
  } finally {
    await budget.disconnect();
  }
}

function tellLimits(limits: RouteLimits): readonly string[] {
  const rows = LIMITED_ROUTES.map((route) => `  ${route.padEnd(22)}${tellLimit(limits[route])}`);
  return ['LibreChat’s limits, for all calls of the workers together:', ...rows];
}

function tellLimit({ limit, windowMs, limitLearned, windowLearned }: RouteLimit): string {
  const source = limitLearned ? 'as LibreChat said' : 'LibreChat’s default';
  if (limit === null) return `no limit (${source})`;
  const window = `${limitLearned && !windowLearned ? 'at least ' : ''}${tellDuration(windowMs)}`;
  return `${limit} in ${window} (${source})`;
}

/** A learned window is up to 2 s too long. */
function tellDuration(ms: number): string {
  return ms < 60_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 6_000) / 10} min`;
}

function tellRoom(found: Capacity, { users }: Demand): readonly string[] {
  const { signUpsPerHour, loginsPerHour, rotationsPerDay, daysToRotateAll } = found;
  return [
    'There is room for',
    `  ${Math.floor(signUpsPerHour)} sign-ups an hour, or ${Math.floor(loginsPerHour)} logins`,
    `  ${Math.floor(rotationsPerDay)} rotations a day, beside what is left to people`,
    `  one rotation of ${users} users ${tellDays(daysToRotateAll)}`,
  ];
}

function tellDays(days: number): string {
  if (days === Infinity) return 'never';
  return days >= 2 ? `in ${Math.ceil(days)} days` : `in ${Math.ceil(days * 24)} hours`;
}

const fits = ({ shortages, hashing }: Capacity): boolean => shortages.length === 0 && hashing < 1;

function tellDemand(found: Capacity, { users, periodDays, signUpsPerHour }: Demand): readonly string[] {
  const demand = `${users} users every ${periodDays} days, ${signUpsPerHour} sign-ups an hour`;
  const raise = new Map<string, string>();
  for (const { route, limit, enough, windowMs } of found.shortages) {
    const { max, window } = VARIABLES[route];
    const line = `  ${max}: ${limit} → at least ${enough}, with ${window} as it is (${tellDuration(windowMs)})`;
    raise.set(max, line);
  }
  const percent = Math.round(found.hashing * 100);
  const load =
    found.hashing < BUSY
      ? `LibreChat would hash passwords for ${percent} % of its time.`
      : `LibreChat would hash passwords for ${percent} % of its time, and everybody waits behind that: run more of it, or ` +
        'rotate less often.';
  const verdict = fits(found) ? 'fits.' : 'does not fit.';
  const advice = raise.size === 0 ? [] : ['Raise at LibreChat:', ...raise.values()];
  return [`${demand}: ${verdict}`, ...advice, load];
}
