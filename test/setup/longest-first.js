import { statSync } from 'node:fs';

/** Files that last long, whatever their size: the longest first. */
const LONGEST = ['two-thousand', 'stuck', 'failure-budget', 'visits'];

const weight = ({ path }) => {
  const place = LONGEST.findIndex((name) => path.endsWith(`/${name}.test.ts`));
  return place === -1 ? statSync(path).size : Number.MAX_SAFE_INTEGER - place;
};

/**
 * The order of the files of a suite: the longest first, so that no worker of jest's is alone at the end with it. Jest itself
 * goes by what it remembers of the last run, and a fresh clone remembers nothing.
 */
export default class LongestFirst {
  sort(tests) {
    return tests.toSorted((one, other) => weight(other) - weight(one));
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
