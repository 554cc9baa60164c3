import { execFile } from 'node:child_process';
import { appendFile, cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const NEEDED = ['workflows', 'contract', 'tsconfig.base.json', '.oxlintrc.json', 'package.json'];

/** What is planted in a workflow, and how each of the three nets names it. */
const PLANTS = {
  nodeFs: {
    code: "import { readFileSync } from 'node:fs';\nexport const planted = (): string => readFileSync('/etc/hosts', 'utf8');\n",
    lint: "'node:fs' import is restricted",
    types: "Cannot find name 'node:fs'",
    bundle: 'UnhandledSchemeError: Reading from "node:fs"',
  },
  fetch: {
    code: "export const planted = async (): Promise<unknown> => fetch('https://example.com');\n",
    lint: "Unexpected use of 'fetch'",
    types: "Cannot find name 'fetch'",
    bundle: 'uses the global fetch',
  },
  process: {
    code: "export const planted = (): unknown => process.env['HOME'];\n",
    lint: "Unexpected use of 'process'",
    types: "Cannot find name 'process'",
    bundle: 'uses the global process',
  },
  buffer: {
    code: "export const planted = (): unknown => Buffer.from('text').toString('hex');\n",
    lint: "Unexpected use of 'Buffer'",
    types: "Cannot find name 'Buffer'",
    bundle: 'uses the global Buffer',
  },
} as const;
const plants = Object.keys(PLANTS) as (keyof typeof PLANTS)[];

const folders: string[] = [];
/** Our workflows as they are, and again with all plants, each in a file of its own. */
let clean: Verdicts;
let planted: Verdicts;

type Verdicts = Readonly<Record<'lint' | 'types' | 'bundle', Outcome>>;

interface Outcome {
  readonly code: number;
  readonly output: string;
}

async function judge(plant: (workflows: string) => Promise<void>): Promise<Verdicts> {
  const folder = await mkdtemp(join(tmpdir(), 'hestami-sandbox-'));
  folders.push(folder);
  for (const name of NEEDED) await cp(join(ROOT, name), join(folder, name), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await plant(join(folder, 'workflows'));
  const binary = (name: string): string => join(ROOT, 'node_modules/.bin', name);
  return {
    lint: await run(folder, binary('oxlint'), ['--deny-warnings', '--format=unix']),
    types: await run(folder, binary('tsc'), ['-p', 'workflows', '--noEmit', '--pretty', 'false']),
    bundle: await run(folder, process.execPath, [
      join(ROOT, 'workers/bundle.ts'),
      join(folder, 'bundle.js'),
      join(folder, 'workflows/index.ts'),
    ]),
  };
}

function run(cwd: string, command: string, args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(command, args, { cwd, maxBuffer: 2 ** 26 }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    );
  });
}

/** The lines that are about one file. */
const about = (file: string, output: string): string =>
  output
    .split('\n')
    .filter((line) => line.includes(`workflows/${file}.ts`))
    .join('\n');

beforeAll(async () => {
  [clean, planted] = await Promise.all([
    judge(async () => undefined),
    judge(async (workflows) => {
      for (const name of plants) {
        await writeFile(join(workflows, `${name}.ts`), PLANTS[name].code);
        await appendFile(join(workflows, 'index.ts'), `export * as ${name} from './${name}.ts';\n`);
      }
    }),
  ]);
});
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

test('our workflows as they are pass the lint, the type check and the bundler', () => {
  expect(clean.lint).toMatchObject({ code: 0 });
  expect(clean.types).toEqual({ code: 0, output: '' });
  expect(clean.bundle).toEqual({ code: 0, output: '' });
});

describe.each(plants)('%s in a workflow', (name) => {
  test('fails the lint', () => {
    expect(planted.lint.code).not.toBe(0);
    expect(about(name, planted.lint.output)).toContain(PLANTS[name].lint);
  });

  test('fails the type check', () => {
    expect(planted.types.code).not.toBe(0);
    expect(about(name, planted.types.output)).toContain(PLANTS[name].types);
  });

  test('fails the bundle', () => {
    expect(planted.bundle.code).not.toBe(0);
    expect(planted.bundle.output).toContain(PLANTS[name].bundle);
  });
});
