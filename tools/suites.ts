/** A folder of tests that is run by one jest process. */
export interface Suite {
  readonly name: string;
  readonly folder: string;
  /** Whether its tests use the parts that the test runner starts; see test/setup/parts.ts. */
  readonly needsParts: boolean;
  /** Whether it starts workers, which then share one bundle of the workflows. */
  readonly needsBundle: boolean;
  /** How many files of it may run at once. One, where they would take each other's time. */
  readonly workers: number;
  /** Whether it may run at the same time as the suite before it: most of both is waiting. */
  readonly isBeside?: boolean;
}

const alone = { needsParts: false, needsBundle: false, workers: 2 } as const;
const onParts = { needsParts: true, needsBundle: false, workers: 2 } as const;
const withWorkers = { needsParts: true, needsBundle: true, workers: 1 } as const;

/** In the order in which they are run: what is quick and says most comes first. */
export const SUITES: readonly Suite[] = [
  { name: 'unit', folder: 'test/unit', ...alone },
  { name: 'model', folder: 'test/model', ...alone },
  { name: 'standin', folder: 'test/standin', ...alone },
  // It starts parts of its own, but not before those of the runner have filled the cache.
  { name: 'parts', folder: 'test/parts', ...onParts, workers: 1 },
  { name: 'adapters', folder: 'test/adapters', ...onParts },
  { name: 'package', folder: 'test/package', ...onParts, workers: 1 },
  { name: 'contract', folder: 'test/contract', ...alone },
  { name: 'provisioning', folder: 'test/provisioning', ...onParts },
  { name: 'rotation', folder: 'test/rotation', ...onParts },
  { name: 'accounts', folder: 'test/accounts', ...withWorkers, workers: 2 },
  { name: 'worker', folder: 'test/worker', ...withWorkers },
  // One file of it waits for a minute, the others do not.
  { name: 'sessions', folder: 'test/sessions', ...withWorkers, workers: 2 },
  // Most of it waits for a schedule to fire.
  { name: 'sweep', folder: 'test/sweep', ...withWorkers, workers: 2 },
  // One file, which takes more than a minute by itself.
  { name: 'pacing', folder: 'test/pacing', ...withWorkers, isBeside: true },
  // Most of its files wait; one keeps the machine busy all the time.
  { name: 'fleet', folder: 'test/fleet', ...withWorkers, workers: 4 },
  { name: 'chaos', folder: 'test/chaos', ...withWorkers },
];

/** Those that run at the same time, in the order in which they are run. */
export function atOnce(suites: readonly Suite[]): readonly (readonly Suite[])[] {
  const groups: Suite[][] = [];
  for (const suite of suites) {
    const group = groups.at(-1);
    if (suite.isBeside === true && group !== undefined) group.push(suite);
    else groups.push([suite]);
  }
  return groups;
}
