import type { Client } from 'pg';

/** A statement, and what stands for its parameters. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

interface Explained {
  readonly 'Planning Time': number;
  readonly 'Execution Time': number;
}

/** What PostgreSQL itself says that a statement took it, planning included (ms). */
export async function serverMs(connection: Client, { text, values }: Statement): Promise<number> {
  const { rows } = await connection.query<{ 'QUERY PLAN': readonly Explained[] }>(
    `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`,
    [...values],
  );
  const [explained] = rows[0]?.['QUERY PLAN'] ?? [];
  if (explained === undefined) throw new Error('There is no plan');
  return explained['Planning Time'] + explained['Execution Time'];
}

/** The plan as `psql` shows it, under a title. */
export async function planOf(
  connection: Client,
  title: string,
  { text, values }: Statement,
): Promise<string> {
  const { rows } = await connection.query<{ 'QUERY PLAN': string }>(`EXPLAIN (ANALYZE, BUFFERS) ${text}`, [
    ...values,
  ]);
  return [`-- ${title}`, ...rows.map((row) => row['QUERY PLAN'])].join('\n');
}
