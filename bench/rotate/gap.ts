import type { BenchContext, Findings } from '../harness/bench.ts';
import { quantile } from '../harness/statistics.ts';
import { diskWaits } from './disk-wait.ts';
import type { Seen } from './seen.ts';
import { openRotateSetting } from './setting.ts';

const ROTATIONS = { quick: 50, full: 500 } as const;
const USERS = 50;
/** Hashes that cost nothing: there is none in the gap. */
const BCRYPT_COST = 4;

type Commit = Extract<Seen, { readonly kind: 'commit' }>;

/** For how long LibreChat has the new password and the row the old one, with one rotation in flight. */
export async function measureGap(context: BenchContext): Promise<Findings> {
  const { quick, log } = context;
  const count = ROTATIONS[quick ? 'quick' : 'full'];
  log(`Rotating ${count} times, one in flight, with hashes that cost nothing`);
  const commits = await rotateInTurn(context, count);
  const of = (key: 'gapMs' | 'queryMs', share: number): number => {
    const samples = commits.map((commit) => commit[key]);
    return quantile(samples, share);
  };
  // The parts' PostgreSQL waits for no disk, and a commit in production waits once.
  const disk = await diskWaits(count);
  return {
    rows: [
      { label: 'gap between LibreChat and the row, p95', value: of('gapMs', 0.95), unit: 'ms' },
      { label: 'gap between LibreChat and the row, longest', value: of('gapMs', 1), unit: 'ms' },
      { label: 'of it PostgreSQL, p50', value: of('queryMs', 0.5), unit: 'ms' },
      { label: 'of it PostgreSQL, p99', value: of('queryMs', 0.99), unit: 'ms' },
      { label: 'not in it: what a commit waits for this disk, p50', value: quantile(disk, 0.5), unit: 'ms' },
      { label: 'not in it: what a commit waits for this disk, p99', value: quantile(disk, 0.99), unit: 'ms' },
    ],
    figures: { gap_ms_p50: of('gapMs', 0.5), gap_ms_p99: of('gapMs', 0.99) },
  };
}

async function rotateInTurn(context: BenchContext, count: number): Promise<readonly Commit[]> {
  await using setting = await openRotateSetting(context, { 'bcrypt-cost': BCRYPT_COST });
  const { worker, seen, addProvisioned, rotate } = setting;
  const ids = await addProvisioned(USERS);
  for (const id of ids) await rotate(id);
  for (let index = 0; index < count; index++) await rotate(ids[index % USERS] ?? '');
  await worker.process.stop();
  const commits = seen.flatMap((one) => (one.kind === 'commit' ? [one] : []));
  // One commit each, or the probe does not know the statement any more.
  if (commits.length !== USERS + count)
    throw new Error(`${commits.length} commits of ${USERS + count} were seen`);
  return commits.slice(USERS);
}
