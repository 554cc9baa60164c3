import type { Client } from '@temporalio/client';
import { eventually } from './eventually.ts';

/** Everything that one run has left in Temporal, as text that can be searched. */
export interface ReadableHistory {
  readonly workflowId: string;
  /** The events as JSON, payloads as they are kept: in base64. */
  readonly raw: string;
  /** The content of every payload, decoded. */
  readonly payloads: readonly string[];
}

/**
 * Reads the whole history of every run of a workflow id, back to the first. Payloads are decoded: a search over the
 * JSON alone finds nothing in them, and so passes for the wrong reason.
 */
export async function readHistories(client: Client, workflowId: string): Promise<readonly ReadableHistory[]> {
  const histories: ReadableHistory[] = [];
  const { namespace } = client.options;
  const query = `WorkflowId = '${workflowId}'`;
  // What was started a moment ago is not listed yet.
  await eventually('the run is listed', async () => (await client.workflow.count(query)).count > 0);
  for await (const { runId, memo, searchAttributes } of client.workflow.list({ query })) {
    const history: unknown[] = [];
    let nextPageToken: Uint8Array = new Uint8Array();
    do {
      const page = await client.workflowService.getWorkflowExecutionHistory({
        namespace,
        execution: { workflowId, runId },
        nextPageToken,
      });
      history.push(
        ...(page.history?.events ?? []).map((event) => JSON.parse(JSON.stringify(event)) as unknown),
      );
      nextPageToken = page.nextPageToken;
    } while (nextPageToken.length > 0);
    const payloads: string[] = [];
    collectPayloads(history, payloads);
    const shown = JSON.stringify({ memo, searchAttributes });
    histories.push({ workflowId, raw: JSON.stringify(history) + shown, payloads });
  }
  return histories;
}

/** Every base64 string under a key `data` or in a list of bytes is a payload, wherever it stands. */
function collectPayloads(value: unknown, found: string[]): void {
  if (Array.isArray(value)) {
    for (const item of value) collectPayloads(item, found);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    if (key === 'data' && typeof item === 'string') found.push(Buffer.from(item, 'base64').toString('utf8'));
    else if (key === 'data' && isBytes(item)) found.push(Buffer.from(item.data).toString('utf8'));
    else collectPayloads(item, found);
  }
}

function isBytes(value: unknown): value is { readonly type: 'Buffer'; readonly data: readonly number[] } {
  return typeof value === 'object' && value !== null && (value as { type?: unknown }).type === 'Buffer';
}

/** The canaries that stand in any of the texts: in plain, in base64 (at each of its three offsets) or in hex. */
export function canariesFound(canaries: readonly string[], texts: readonly string[]): readonly string[] {
  const haystack = texts.join('\n');
  const lower = haystack.toLowerCase();
  return canaries.filter(
    (canary) =>
      haystack.includes(canary) ||
      lower.includes(Buffer.from(canary).toString('hex')) ||
      base64Forms(canary).some((form) => haystack.includes(form)),
  );
}

/** What of the text shows in any base64 that holds it; the ends depend on the neighbours and are left out. */
function base64Forms(text: string): readonly string[] {
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)])
      .toString('base64')
      .replaceAll('=', '');
    const stable = encoded.slice(offset === 0 ? 0 : offset + 1, -1);
    return [stable, stable.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
