import { statSync } from 'node:fs';

/** Files that take minutes, whatever their size. */
const LONGEST = /two-thousand/;

const weight = ({ path }) => (LONGEST.test(path) ? Number.POSITIVE_INFINITY : statSync(path).size);

/**
 * The order of the files of a suite: the longest first, so that no worker of jest's is alone at the end with it. Jest itself
 * goes by what it remembers of the last run, and a fresh clone remembers nothing.
 */
export default class LongestFirst {
  sort(tests) {
    return tests.toSorted((one, other) => (weight(one) === weight(other) ? 0 : weight(other) - weight(one)));
  }

  shard(tests) {
    return tests;
  }

  allFailedTests(tests) {
    return tests;
  }

  cacheResults() {
    // Nothing is remembered.
  }
}
