import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runToEnd } from '../../tools/parts/index.ts';

/** A bundle of workflows that are not ours. Disposal removes it. */
export interface TestBundle extends AsyncDisposable {
  readonly path: string;
}

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Bundles a file of test/fixtures/workflows as ours are bundled. */
export async function bundleFixture(name: 'changed' | 'throwing'): Promise<TestBundle> {
  const folder = await mkdtemp(join(tmpdir(), 'hestami-bundle-'));
  const path = join(folder, 'workflow-bundle.js');
  await runToEnd(process.execPath, [at('workers/bundle.ts'), path, at(`test/fixtures/workflows/${name}.ts`)]);
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
