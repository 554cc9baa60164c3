/**
 * Every switch of the stand-in, one table: the programmatic key, LibreChat's environment name (the CLI flag is
 * the same name in lower case with dashes), how to read it, and the default. Switches that LibreChat does not have
 * carry a prefix in the environment, where a word such as MAIL already means something else.
 */

/** LibreChat's `isEnabled`: only the word `true`, in any case, is true. */
const flag = (raw: string): boolean => raw.trim().toLowerCase() === 'true';
const text = (raw: string): string => raw;
const list = (raw: string): string[] =>
  raw
    .split(',')
    .map((item) => item.trim().toLowerCase())
    .filter(Boolean);

function number(raw: string): number {
  const value = Number(raw);
  if (Number.isNaN(value)) throw new Error(`not a number: ${raw}`);
  return value;
}

/** LibreChat evaluates durations such as `1000 * 60 * 15`; products are all that its example file uses. */
const product = (raw: string): number =>
  raw
    .split('*')
    .map(number)
    .reduce((a, b) => a * b, 1);

/** `null` switches the limiter off: LibreChat K has no limiter on the submission routes, T has. */
const optionalNumber = (raw: string): number | null => (raw === '' ? null : number(raw));

export type MailMode = 'none' | 'works' | 'dead';

function mailMode(raw: string): MailMode {
  if (raw === 'none' || raw === 'works' || raw === 'dead') return raw;
  throw new Error(`mail is none, works or dead, not ${raw}`);
}

/** LibreChat: `Number(TRUST_PROXY) || 1`, so trust cannot be switched off. */
const trustProxy = (raw: string): number => Number(raw) || 1;

const setting = <T>(env: string, read: (raw: string) => T, value: T) => ({ env, read, value });

const MINUTES_15_MS = 900_000;
const DAYS_7_MS = 604_800_000;

const SETTINGS = {
  bcryptCost: setting('STANDIN_BCRYPT_COST', number, 10),
  jwtSecret: setting('JWT_SECRET', text, 'stand-in-access-secret'),
  jwtRefreshSecret: setting('JWT_REFRESH_SECRET', text, 'stand-in-refresh-secret'),
  sessionExpiryMs: setting('SESSION_EXPIRY', product, MINUTES_15_MS),
  refreshTokenExpiryMs: setting('REFRESH_TOKEN_EXPIRY', product, DAYS_7_MS),
  linkLifetimeMs: setting('STANDIN_LINK_LIFETIME_MS', number, MINUTES_15_MS),
  minPasswordLength: setting('MIN_PASSWORD_LENGTH', number, 8),
  allowRegistration: setting('ALLOW_REGISTRATION', flag, true),
  allowPasswordReset: setting('ALLOW_PASSWORD_RESET', flag, true),
  allowAccountDeletion: setting('ALLOW_ACCOUNT_DELETION', flag, true),
  allowUnverifiedEmailLogin: setting('ALLOW_UNVERIFIED_EMAIL_LOGIN', flag, false),
  allowEmailLogin: setting('ALLOW_EMAIL_LOGIN', flag, true),
  emailLoginEnforced: setting('STANDIN_EMAIL_LOGIN_ENFORCED', flag, false),
  allowedDomains: setting('STANDIN_ALLOWED_DOMAINS', list, []),
  domainClient: setting('DOMAIN_CLIENT', text, 'http://localhost:3080'),
  domainServer: setting('DOMAIN_SERVER', text, 'http://localhost:3080'),
  sessionCookieSecure: setting('SESSION_COOKIE_SECURE', text, ''),
  nodeEnv: setting('NODE_ENV', text, ''),
  trustProxy: setting('TRUST_PROXY', trustProxy, 1),
  mail: setting('STANDIN_MAIL', mailMode, 'none'),
  mailCredentials: setting('STANDIN_MAIL_CREDENTIALS', flag, true),
  loginMax: setting('LOGIN_MAX', number, 7),
  loginWindow: setting('LOGIN_WINDOW', number, 5),
  registerMax: setting('REGISTER_MAX', number, 5),
  registerWindow: setting('REGISTER_WINDOW', number, 60),
  resetPasswordMax: setting('RESET_PASSWORD_MAX', number, 2),
  resetPasswordWindow: setting('RESET_PASSWORD_WINDOW', number, 2),
  resetPasswordSubmissionMax: setting('RESET_PASSWORD_SUBMISSION_MAX', optionalNumber, null),
  resetPasswordSubmissionWindow: setting('RESET_PASSWORD_SUBMISSION_WINDOW', number, 2),
  verifyEmailMax: setting('VERIFY_EMAIL_MAX', number, 2),
  verifyEmailWindow: setting('VERIFY_EMAIL_WINDOW', number, 2),
  verifyEmailSubmissionMax: setting('VERIFY_EMAIL_SUBMISSION_MAX', optionalNumber, null),
  verifyEmailSubmissionWindow: setting('VERIFY_EMAIL_SUBMISSION_WINDOW', number, 2),
  banViolations: setting('BAN_VIOLATIONS', flag, false),
  banDurationMs: setting('BAN_DURATION', product, 7_200_000),
  banInterval: setting('BAN_INTERVAL', number, 20),
  nonBrowserViolationScore: setting('NON_BROWSER_VIOLATION_SCORE', number, 20),
  databaseLost: setting('STANDIN_DATABASE_LOST', flag, false),
  databaseSilenceMs: setting('STANDIN_DATABASE_SILENCE_MS', number, 30_000),
  databaseLatencyMs: setting('STANDIN_DATABASE_LATENCY_MS', number, 2),
  ready: setting('STANDIN_READY', flag, true),
};

type Table = typeof SETTINGS;
export type SettingName = keyof Table;
export type Settings = { [Name in SettingName]: ReturnType<Table[Name]['read']> };

const isSetting = (name: string): name is SettingName => name in SETTINGS;

export const settingNames = Object.keys(SETTINGS).filter(isSetting);
export const flagOf = (name: SettingName): string =>
  SETTINGS[name].env.replace('STANDIN_', '').toLowerCase().replaceAll('_', '-');

export function defaultSettings(): Settings {
  const settings: Settings = Object.assign(
    {},
    ...settingNames.map((name) => ({ [name]: SETTINGS[name].value })),
  );
  return settings;
}

/** Reads the settings that `raw` (environment names or flags as keys) mentions; an empty string means unset. */
export function readSettings(raw: Record<string, string | undefined>): Partial<Settings> {
  const read: Record<string, unknown> = {};
  for (const name of settingNames) {
    const value = raw[SETTINGS[name].env] ?? raw[flagOf(name)];
    if (value !== undefined && value !== '') read[name] = SETTINGS[name].read(value);
  }
  if (raw['EMAIL_FROM'] && (raw['EMAIL_HOST'] || raw['EMAIL_SERVICE'])) read['mail'] ??= 'works';
  return read;
}

/** Changes settings in place, as the control port does; names the keys it does not know. */
export function changeSettings(settings: Settings, changes: Record<string, unknown>): string[] {
  const problems: string[] = [];
  for (const [name, value] of Object.entries(changes)) {
    if (!isSetting(name)) problems.push(`unknown setting ${name}`);
    else if (!sameKind(SETTINGS[name].value, value)) problems.push(`wrong kind of value for ${name}`);
    else Object.assign(settings, { [name]: value });
  }
  return problems;
}

function sameKind(known: unknown, value: unknown): boolean {
  if (known === null || value === null)
    return known === null && (value === null || typeof value === 'number');
  return Array.isArray(known) === Array.isArray(value) && typeof known === typeof value;
}
