import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { COST_NAMES, type Cost } from './contract-case.ts';

/** How the suite is run. */
export interface ContractOptions {
  readonly url: string;
  /** What the operator says the limits are; else the server is asked. */
  readonly limits: Partial<Cost>;
  readonly admin: { readonly address: string; readonly password: string } | undefined;
  /** `SESSION_EXPIRY` and `REFRESH_TOKEN_EXPIRY` of the server, milliseconds. */
  readonly sessionExpiryMs: number;
  readonly refreshTokenExpiryMs: number;
  /** Of the addresses that are registered. */
  readonly domain: string;
  /** Whether cases may get an account and a made-up client address banned. */
  readonly bans: boolean;
  /** Empty: all. */
  readonly routes: readonly string[];
  /** How many cases run at the same time. */
  readonly concurrency: number;
}

/** What the command line asks for. */
export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'on-standin'; readonly jsonFile: string | undefined }
  | { readonly kind: 'run'; readonly jsonFile: string | undefined; readonly options: ContractOptions };

export const DEFAULTS: Omit<ContractOptions, 'url'> = {
  limits: {},
  admin: undefined,
  sessionExpiryMs: 900_000,
  refreshTokenExpiryMs: 604_800_000,
  domain: 'example.com',
  bans: false,
  routes: [],
  concurrency: 6,
};

export const HELP = `Checks that a LibreChat answers as the contract says. It registers and deletes accounts of its own.

  npm run contract -- --url http://librechat.internal:3080 [options]
  npm run contract -- --standin          on stand-ins of this repository, set up in several ways

  --url URL                     where LibreChat is reached directly; registration and password reset on, no mail
  --route NAME                  only the cases of this route; may be repeated
  --login-max N                 the limits in force, if not what X-RateLimit-Limit says; likewise
  --register-max N                --register-max, --reset-max and --submission-max
  --admin-email ADDRESS         an administrator, for the list of accounts
  --admin-password-file FILE    or the environment variable CONTRACT_ADMIN_PASSWORD
  --session-expiry MS           SESSION_EXPIRY of the server (900000)
  --refresh-token-expiry MS     REFRESH_TOKEN_EXPIRY of the server (604800000)
  --domain NAME                 of the addresses to register (example.com)
  --bans                        allow the cases that get an account and a made-up client address banned
  --concurrency N               cases at the same time (6)
  --json FILE                   also write the results there
  --help

Exit code: 0 passed, 1 a case failed, 2 it did not start. See docs/contract-suite.md.`;

const string = { type: 'string' } as const;
const boolean = { type: 'boolean', default: false } as const;
const LIMIT_FLAGS = ['login-max', 'register-max', 'reset-max', 'submission-max'] as const;

/**
 * Reads the command line.
 *
 * @throws Error that names the flag
 */
export function readCommand(args: readonly string[], env: NodeJS.ProcessEnv): Command {
  const { values } = parseArgs({
    args: [...args],
    options: {
      url: string,
      route: { type: 'string', multiple: true },
      'login-max': string,
      'register-max': string,
      'reset-max': string,
      'submission-max': string,
      'admin-email': string,
      'admin-password-file': string,
      'session-expiry': string,
      'refresh-token-expiry': string,
      domain: string,
      bans: boolean,
      concurrency: string,
      json: string,
      standin: boolean,
      help: boolean,
    },
  });
  const jsonFile = values.json;
  if (values.help) return { kind: 'help' };
  if (values.standin) return { kind: 'on-standin', jsonFile };
  if (values.url === undefined || !URL.canParse(values.url)) throw new Error('--url http://… is missing');
  const limits = COST_NAMES.map((name, at) => [name, LIMIT_FLAGS[at] ?? 'login-max'] as const)
    .filter(([, flag]) => values[flag] !== undefined)
    .map(([name, flag]) => [name, whole(values[flag], 0, `--${flag}`)]);
  const options: ContractOptions = {
    url: values.url,
    limits: Object.fromEntries(limits) as Partial<Cost>,
    admin: readAdmin(values['admin-email'], values['admin-password-file'], env['CONTRACT_ADMIN_PASSWORD']),
    sessionExpiryMs: whole(values['session-expiry'], DEFAULTS.sessionExpiryMs, '--session-expiry'),
    refreshTokenExpiryMs: whole(
      values['refresh-token-expiry'],
      DEFAULTS.refreshTokenExpiryMs,
      '--refresh-token-expiry',
    ),
    domain: values.domain ?? DEFAULTS.domain,
    bans: values.bans,
    routes: values.route ?? [],
    concurrency: Math.max(1, whole(values.concurrency, DEFAULTS.concurrency, '--concurrency')),
  };
  return { kind: 'run', jsonFile, options };
}

function readAdmin(
  address: string | undefined,
  file: string | undefined,
  fromEnvironment: string | undefined,
): ContractOptions['admin'] {
  if (address === undefined) return undefined;
  const password = file === undefined ? fromEnvironment : readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  if (password === undefined || password === '')
    throw new Error('--admin-email needs --admin-password-file or CONTRACT_ADMIN_PASSWORD');
  return { address: address.trim().toLowerCase(), password };
}

function whole(text: string | undefined, otherwise: number, flag: string): number {
  if (text === undefined) return otherwise;
  if (!/^\d{1,15}$/.test(text)) throw new Error(`${flag} is a whole number, not ${text}`);
  return Number(text);
}
