import { operatorVariables } from '../configuration/operator-variables.ts';
import { UsageError, type Terminal } from './command.ts';

/** Options of every command that changes something. */
export const AUDIT_OPTIONS = {
  why: { type: 'string' },
  by: { type: 'string' },
  'audit-file': { type: 'string' },
} as const;

/** The same options, in the command's help. */
export const AUDIT_HELP = `  --why TEXT          Why, for the record. Names nobody by an address.
  --by NAME           Who does it, for the record; default: AUDIT_BY, else the user of the operating system. Asked for where
                      that is not a person: the image's node, and root without sudo.
  --audit-file FILE   Where to append the record, as lines of JSON; default: AUDIT_FILE, else standard error.`;

const MAX_WHY_LENGTH = 500;
const MAX_BY_LENGTH = 100;

/** The user of the Docker image, and whoever knows the password of a machine: nobody in particular. */
const SHARED_USERS: ReadonlySet<string> = new Set(['node', 'root']);

/** Who changes something by hand, and why: it stands in every line of the record. No addresses, no secrets. */
export interface Author {
  readonly by: string;
  /** In the operator's own words. */
  readonly why: string;
}

/**
 * What must be known of whoever changes something.
 *
 * @throws UsageError when either is missing, too long, or holds what must not be in a record
 *
 * @example
 * const author = readAuthor(terminal, values);
 */
export function readAuthor(
  { environment, user }: Pick<Terminal, 'environment' | 'user'>,
  given: { readonly why?: string | undefined; readonly by?: string | undefined },
): Author {
  const why = given.why?.trim() ?? '';
  if (why === '') throw new UsageError('--why is missing: say why, for the record');
  const { AUDIT_BY = '' } = operatorVariables.parse(environment);
  const by = given.by?.trim() || AUDIT_BY.trim() || personOf(user, environment['SUDO_USER']);
  if (by === undefined)
    throw new UsageError(
      'The user of the operating system is not a person: say who you are, for the record, by --by or AUDIT_BY',
    );
  return {
    by: checked(by, given.by?.trim() ? '--by' : 'AUDIT_BY', MAX_BY_LENGTH),
    why: checked(why, '--why', MAX_WHY_LENGTH),
  };
}

function personOf(user: string | undefined, sudoUser: string | undefined): string | undefined {
  const name = user === 'root' && sudoUser ? sudoUser : user;
  return name === undefined || SHARED_USERS.has(name) || isUnfit(name) ? undefined : name;
}

/** The names of users in a directory may be addresses. */
const isUnfit = (text: string): boolean => /\S@\S|gAAAAA/.test(text);

function checked(text: string, source: string, longest: number): string {
  if (text.length > longest) throw new UsageError(`${source} is longer than ${longest} characters`);
  if (isUnfit(text))
    throw new UsageError(
      `${source} holds an address or a secret, which no record may hold: a user id names a user`,
    );
  return text;
}
