import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runToEnd } from '../../tools/parts/command.ts';

/** What `npm pack` says about a package. */
export interface Packed {
  readonly tarball: string;
  /** Of the tarball, in bytes. */
  readonly size: number;
  readonly files: readonly string[];
}

/** An application elsewhere on the machine, which has the packed client installed. */
export interface Application extends AsyncDisposable {
  readonly folder: string;
  readonly packed: Packed;
  write(path: string, text: string): Promise<void>;
  /** Runs a module in a fresh process, in which it may import what the application has; answers what it prints last. */
  run(source: string, env?: Readonly<Record<string, string>>): Promise<unknown>;
  /** Compiles strictly, with this repository's compiler; fails with its messages. */
  compile(options: Readonly<Record<string, unknown>>, files: readonly string[]): Promise<void>;
  /** Installs more, without asking what it would like to have beside it. */
  addAlone(...packages: readonly string[]): Promise<void>;
}

const CLIENT = 'client';
const QUIET = ['--no-audit', '--no-fund', '--loglevel=error'] as const;
/** No package of ours needs a script to be installed. */
const INSTALL = ['install', '--prefer-offline', '--ignore-scripts', '--save-exact', ...QUIET] as const;

/** Packs the client, which builds it, and installs it from the tarball into an empty folder, together with `packages`. */
export async function startApplication(...packages: readonly string[]): Promise<Application> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'hestami-package-')));
  const inFolder = (args: readonly string[]): Promise<string> => runToEnd('npm', args, { cwd: folder });
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const packed = await pack(folder);
    await write('package.json', JSON.stringify({ private: true, type: 'module' }));
    await inFolder([...INSTALL, packed.tarball, ...packages]);
    return {
      folder,
      packed,
      write,
      async run(source, env = {}) {
        const program = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', source];
        const printed = await runToEnd(process.execPath, program, { cwd: folder, env });
        return JSON.parse(printed.split('\n').at(-1) ?? '') as unknown;
      },
      async compile(options, files) {
        const strict = { strict: true, noEmit: true, target: 'es2024', types: ['node'] };
        await write('tsconfig.json', JSON.stringify({ compilerOptions: { ...strict, ...options }, files }));
        await runToEnd('node_modules/.bin/tsc', ['--project', folder]);
      },
      async addAlone(...more) {
        await inFolder([...INSTALL, '--legacy-peer-deps', ...more]);
      },
      [Symbol.asyncDispose]: remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function pack(destination: string): Promise<Packed> {
  const args = ['pack', '--json', '--foreground-scripts=false', '--pack-destination', destination, ...QUIET];
  const [packed] = JSON.parse(await runToEnd('npm', args, { cwd: CLIENT })) as [
    {
      readonly filename: string;
      readonly size: number;
      readonly files: readonly { readonly path: string }[];
    },
  ];
  const { filename, size, files } = packed;
  return { tarball: join(destination, filename), size, files: files.map(({ path }) => path) };
}

/** A development dependency of this repository, at its version. */
export async function asHere(...names: readonly string[]): Promise<readonly string[]> {
  const { dependencies, devDependencies } = JSON.parse(await readFile('package.json', 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  const versions = { ...dependencies, ...devDependencies };
  return names.map((name) => `${name}@${versions[name] ?? 'unknown'}`);
}
