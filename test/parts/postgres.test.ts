import { Client } from 'pg';
import { expect, test } from '@jest/globals';
import { startPostgres } from '../../tools/parts/index.ts';

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

test('stopped or killed, and started again, it has its data at the same address', async () => {
  await using postgres = await startPostgres({ own: true });
  await query(postgres.adminUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
  await postgres.stop();
  await expect(query(postgres.adminUrl, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
  await postgres.restart();
  expect(await query(postgres.adminUrl, 'SELECT answer FROM kept')).toEqual([42]);
  await postgres.kill();
  await postgres.restart();
  expect(await query(postgres.adminUrl, 'SELECT answer FROM kept')).toEqual([42]);
});

test('it asks for a password, and folds the case of letters of all languages', async () => {
  await using postgres = await startPostgres({ own: true });
  const wrong = new URL(postgres.adminUrl);
  wrong.password = 'wrong';
  await expect(query(wrong.toString(), 'SELECT 1')).rejects.toThrow('password authentication failed');
  expect(await query(postgres.adminUrl, "SELECT lower('ÀÉÎ')")).toEqual(['àéî']);
});
