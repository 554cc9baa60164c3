import { CsvError, parse } from 'csv-parse/sync';
import type { WantedLink } from '../../activities/adapters/link-all.ts';
import { parseAccountId, parseDjangoUserId } from '../../contract/ids.ts';

/** A line that cannot be used, by its number. Its text is not repeated: it may be anything. */
export interface BadLine {
  readonly line: number;
  readonly problem: string;
}

/** What stands in a file of links. */
export interface LinkFile {
  readonly links: readonly WantedLink[];
  readonly bad: readonly BadLine[];
}

const HEADER = 'django_user_id,account_id';

/**
 * Reads lines `django_user_id,account_id`, with or without that header. A user or an account that stands in two lines is
 * an error in both: nobody can tell which line is right.
 */
export function readLinkFile(text: string): LinkFile {
  const links: WantedLink[] = [];
  const bad: BadLine[] = [];
  const seen = new Map<string, number>();
  for (const { record, line } of linesOf(text, bad)) {
    if (line === 1 && record.join(',') === HEADER) continue;
    const link = readLink(record);
    const problem = typeof link === 'string' ? link : repeated(link, line, seen);
    if (typeof link === 'string' || problem !== undefined) bad.push({ line, problem: problem ?? '' });
    else links.push(link);
  }
  return { links, bad };
}

interface Line {
  readonly record: readonly string[];
  readonly line: number;
}

function linesOf(text: string, bad: BadLine[]): readonly Line[] {
  try {
    const lines = parse(text, {
      bom: true,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as readonly { record: readonly string[]; info: { lines: number } }[];
    return lines.map(({ record, info }) => ({ record, line: info.lines }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = Number(error['lines']);
    bad.push({ line: Number.isNaN(line) ? 1 : line, problem: 'a quotation mark is out of place' });
    return [];
  }
}

/** The link, or what is wrong with it. */
function readLink(record: readonly string[]): WantedLink | string {
  if (record.length !== 2) return `it has ${record.length} columns, not 2`;
  const [user, account] = record;
  try {
    parseDjangoUserId(user);
  } catch {
    return 'the user id is not a primary key in canonical spelling';
  }
  try {
    return { user: parseDjangoUserId(user), accountId: parseAccountId(account) };
  } catch {
    return 'the account id is not 24 lower-case hexadecimal digits';
  }
}

function repeated(
  { user, accountId }: WantedLink,
  line: number,
  seen: Map<string, number>,
): string | undefined {
  const before = seen.get(user) ?? seen.get(accountId);
  if (before !== undefined)
    return `it names ${seen.has(user) ? 'a user' : 'an account'} of line ${before} again`;
  seen.set(user, line).set(accountId, line);
  return undefined;
}
