import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runToEnd } from '../../tools/parts/command.ts';
import { asHere, startApplication, type Application } from './application.ts';
import { CLIENT_IN_USE } from './client-in-use.ts';
import { testReadme } from './examples.ts';
import { readReadme } from './readme.ts';

const NAME = '@hestami/librechat-client';
/** A BFF is started often; what grows past this (bytes) has got something in that does not belong there. */
const MAX_TARBALL = 60_000;
/** Types that Temporal's own ask for. */
const TYPES_OF_MS = '@types/ms@2.1.0';
/** A fresh process for each, since a module is loaded once. */
const ROUNDS = 5;

let application: Application;
beforeAll(async () => {
  application = await startApplication(...(await asHere('redis', 'ioredis', '@types/node')), TYPES_OF_MS);
});
afterAll(async () => {
  await application[Symbol.asyncDispose]();
});

describe('the packed client', () => {
  test('is small, and has nothing in it but the build, its README and its licence', async () => {
    const { files, size } = application.packed;
    console.log(`The client has ${size} bytes packed, in ${files.length} files`);
    expect(size).toBeLessThan(MAX_TARBALL);
    const others = files.filter((path) => !/^dist\/(client|contract)\/[a-z/-]+(\.js|\.d\.ts)$/.test(path));
    expect(others.toSorted()).toEqual(['LICENSE', 'README.md', 'package.json']);
    expect(files.filter((path) => /test|worker|activit|workflow|bench|tools|\.map$/.test(path))).toEqual([]);
    expect(await readFile('client/LICENSE', 'utf8')).toBe(await readFile('LICENSE', 'utf8'));
  });

  test('is clean for publint and for attw', async () => {
    const { tarball } = application.packed;
    const strict = ['run', tarball, '--strict'];
    expect(await runToEnd('node_modules/.bin/publint', strict)).toContain('All good!');
    const esmOnly = [tarball, '--profile', 'esm-only', '--no-definitely-typed'];
    expect(await runToEnd('node_modules/.bin/attw', esmOnly)).toContain('🟢');
  });

  test('brings its comments to the editor of whoever uses it', async () => {
    const declared = join(application.folder, 'node_modules', NAME, 'dist/client/client.d.ts');
    expect(await readFile(declared, 'utf8')).toContain('@throws SessionUnavailable');
  });
});

describe('an application that installed it', () => {
  test('has no worker, no native code and no second Redis client', async () => {
    const installed = (folder: string): Promise<readonly string[]> =>
      readdir(join(application.folder, 'node_modules', folder));
    expect(await installed('@temporalio')).toEqual(['client', 'common', 'proto']);
    expect(await installed('@hestami')).toEqual(['librechat-client']);
    const all = await readdir(join(application.folder, 'node_modules'), { recursive: true });
    expect(all.filter((path) => /\.node$|(^|\/)core-bridge$/.test(path))).toEqual([]);
    expect(all.filter((path) => /(^|\/)node_modules\/(redis|ioredis)$|^(redis|ioredis)$/.test(path))).toEqual(
      ['ioredis', 'redis'],
    );
  });

  test('finds the exports that the README names, on every subpath and no other', async () => {
    const { exports } = JSON.parse(await readFile('client/package.json', 'utf8')) as { exports: object };
    const { names } = await readReadme();
    expect(Object.keys(names)).toEqual(Object.keys(exports));
    const found = await application.run(`
      const found = {};
      for (const subpath of ${JSON.stringify(Object.keys(exports))})
        found[subpath] = Object.keys(await import('${NAME}' + subpath.slice(1))).toSorted();
      console.log(JSON.stringify(found));`);
    expect(found).toEqual(names);
  });

  test('loads nothing of Temporal’s before somebody says where Temporal is', async () => {
    const loaded = await application.run(`
      import { registerHooks } from 'node:module';
      const urls = [];
      registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) });
      const ofTemporal = () => urls.filter((url) => url.includes('/@temporalio/')).length;
      for (const subpath of ['', '/errors', '/session-record']) await import('${NAME}' + subpath);
      const before = ofTemporal();
      await import('${NAME}/temporal');
      console.log(JSON.stringify({ before, ours: urls.length > 0, after: ofTemporal() > 0 }));`);
    // The last one shows that it would have been seen.
    expect(loaded).toEqual({ before: 0, ours: true, after: true });
  });

  test('is told how long it takes to import', async () => {
    const ours: ImportCost[] = [];
    for (let round = 0; round < ROUNDS; round++) ours.push(await costOfImport(NAME));
    const temporal = await costOfImport('@temporalio/client');
    const [least] = ours.toSorted((one, other) => one.cpuMs - other.cpuMs);
    console.log(`Imported for ${inWords(least)}; Temporal's own client for ${inWords(temporal)}`);
    expect(ours).toHaveLength(ROUNDS);
  });

  test.each([
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])('brings any kind of Redis or Temporal client, with all types checked: %s, %s', async (...resolution) => {
    const [module, moduleResolution] = resolution;
    await application.write('in-use.ts', CLIENT_IN_USE);
    const options = { module, moduleResolution, lib: ['es2024'], skipLibCheck: false };
    await expect(application.compile(options, ['in-use.ts'])).resolves.toBeUndefined();
  });
});

describe('the README', () => {
  testReadme(() => application);
});

interface ImportCost {
  /** Of the processor, which neighbours change less than the time that passes. */
  readonly cpuMs: number;
  readonly passedMs: number;
}

async function costOfImport(name: string): Promise<ImportCost> {
  const cost = await application.run(`
    const [cpu, startedAt] = [process.cpuUsage(), performance.now()];
    await import('${name}');
    const [{ user, system }, passedMs] = [process.cpuUsage(cpu), performance.now() - startedAt];
    console.log(JSON.stringify({ cpuMs: (user + system) / 1_000, passedMs }));`);
  return cost as ImportCost;
}

const inWords = ({ cpuMs = Number.NaN, passedMs = Number.NaN }: Partial<ImportCost> = {}): string =>
  `${cpuMs.toFixed(0)} ms of processor time, in ${passedMs.toFixed(0)} ms`;
