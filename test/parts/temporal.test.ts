import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, expect, test } from '@jest/globals';
import { startTemporal } from '../../tools/parts/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'temporal-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function customAttributes(address: string): Promise<readonly string[]> {
  const connection = await Connection.connect({ address });
  try {
    const answer = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
    return Object.keys(answer.customAttributes).filter((name) => name.startsWith('LibreChat'));
  } finally {
    await connection.close();
  }
}

test('it knows our search attributes', async () => {
  await using temporal = await startTemporal({ own: true });
  expect([...(await customAttributes(temporal.address))].sort()).toEqual([
    'LibreChatNextAttempt',
    'LibreChatReason',
    'LibreChatState',
  ]);
});

test('it can be had without them', async () => {
  await using temporal = await startTemporal({ own: true, searchAttributes: false });
  expect(await customAttributes(temporal.address)).toEqual([]);
});

test('with its UI, the UI answers', async () => {
  await using temporal = await startTemporal({ own: true, ui: true });
  const response = await fetch(temporal.uiUrl ?? '');
  expect(response.status).toBe(200);
});

test('killed and started again it is at the same address, and has what was in its file', async () => {
  await using temporal = await startTemporal({ own: true, dbFile: join(folder, 'temporal.db') });
  const connection = await Connection.connect({ address: temporal.address });
  const client = new Client({ connection });
  const handle = await client.workflow.start('nobodyRunsThis', {
    workflowId: 'kept',
    taskQueue: 'nobody',
    args: [],
  });
  const first = temporal.pid;
  await temporal.kill();
  expect(temporal.pid).toBeUndefined();
  await temporal.restart();
  expect(temporal.pid).not.toBe(first);
  const { runId } = await client.workflow.getHandle('kept').describe();
  expect(runId).toBe(handle.firstExecutionRunId);
  await connection.close();
});
