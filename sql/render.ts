import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

/** The statements that ship with the project, by file. */
const SQL_FILES = ['role', 'indexes', 'trigger'] as const;
export type SqlFile = (typeof SQL_FILES)[number];

/** Names that an installation may have otherwise than the files. */
export interface SqlNames {
  /** That of the table. The functions of the trigger are made in it too. */
  readonly schema?: string;
  readonly table?: string;
  readonly role?: string;
}

/** Without the dollar sign that PostgreSQL would allow: some of the names stand between two `$$`. */
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/**
 * One of the SQL files, with the given names in place of the defaults.
 *
 * @throws Error when a name would have to be quoted to be safe
 */
export function renderSql(
  file: SqlFile,
  { schema = 'public', table = 'users_user', role = 'librechat_worker' }: SqlNames = {},
): string {
  for (const name of [schema, table, role]) {
    if (!IDENTIFIER.test(name))
      throw new Error('Schema, table and role must be letters, digits and underscores');
  }
  return readFileSync(new URL(`${file}.sql`, import.meta.url), 'utf8')
    .replaceAll('"users_user"', `"${schema}"."${table}"`)
    .replaceAll('"public"', `"${schema}"`)
    .replaceAll('"librechat_worker"', `"${role}"`)
    .replaceAll(`'librechat_worker'`, `'${role}'`);
}

/** The paragraphs of a rendered file: `CREATE INDEX CONCURRENTLY` must not share a request with another statement. */
export function paragraphsOf(sql: string): readonly string[] {
  return sql
    .replaceAll(/^--.*$/gm, '')
    .split(/;\n\s*\n/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '');
}

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { schema: { type: 'string' }, table: { type: 'string' }, role: { type: 'string' } },
  });
  const file = SQL_FILES.find((name) => name === positionals[0]);
  if (file === undefined)
    throw new Error(
      `Usage: npm run --silent sql -- ${SQL_FILES.join('|')} [--schema S] [--table T] [--role R]`,
    );
  process.stdout.write(renderSql(file, values));
}

if (import.meta.main) main();
