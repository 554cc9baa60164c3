const swc = (module) => [
  '@swc/jest',
  {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
    module: { type: module },
    sourceMaps: 'inline',
    swcrc: false,
  },
];

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // Real parts on a machine that may be busy: what hangs is found, what is slow is not a failure.
  testTimeout: 180_000,
  testSequencer: '<rootDir>/test/setup/longest-first.js',
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['ts', 'cts', 'js', 'mjs', 'cjs', 'json', 'node'],
  transform: { '\\.cts$': swc('commonjs'), '\\.ts$': swc('es6') },
  // A build holds second copies of our packages, which jest would refuse to tell apart.
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};
