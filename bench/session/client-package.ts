import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runToEnd } from '../../tools/parts/index.ts';
import type { BenchContext, Findings } from '../harness/bench.ts';
import { median, quantile } from '../harness/statistics.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SAMPLES = { quick: 7, full: 21 } as const;
const BYTES_PER_KB = 1_000;

/** What the client weighs as a package, and for how long its import holds back the start of a BFF. */
export async function measureClientPackage({ quick, log }: BenchContext): Promise<Findings> {
  log('Building and packing the client');
  const packedBytes = await packClient();
  const count = SAMPLES[quick ? 'quick' : 'full'];
  log(`Importing the client in ${count} processes`);
  const client: number[] = [];
  const temporal: number[] = [];
  for (let index = 0; index < count; index++) {
    client.push(await importMs('@hestami/librechat-client'));
    temporal.push(await importMs('@temporalio/client'));
  }
  return {
    rows: [
      { label: 'import of the client, least', value: quantile(client, 0), unit: 'ms' },
      { label: 'import of the client, greatest', value: quantile(client, 1), unit: 'ms' },
      {
        label: 'not in it: Temporal’s own, imported in the background, median',
        value: median(temporal),
        unit: 'ms',
      },
    ],
    figures: { client_import_ms: median(client), client_pack_kb: packedBytes / BYTES_PER_KB },
  };
}

/** Builds the client into its `dist/`, and answers the size of the archive that a registry would get. */
async function packClient(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'librechat-client-'));
  try {
    await runToEnd('npm', ['pack', '--silent', '--workspace=client', `--pack-destination=${folder}`], {
      cwd: ROOT,
    });
    const [archive] = await readdir(folder);
    if (archive === undefined) throw new Error('npm pack made no archive');
    return (await stat(join(folder, archive))).size;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** By its name, as whoever installed it does, in a process that has imported nothing before. */
async function importMs(name: string): Promise<number> {
  const code = `const startedAt = performance.now();
    await import('${name}');
    console.log(performance.now() - startedAt);`;
  return Number(await runToEnd(process.execPath, ['--input-type=module', '--eval', code], { cwd: ROOT }));
}
