import { Client } from 'pg';
import type { BenchContext, Findings, Row } from '../harness/bench.ts';
import { quantile } from '../harness/statistics.ts';
import { openRotateSetting } from './setting.ts';

const ROTATIONS = { quick: 50, full: 500 } as const;
const USERS = 50;
/** Hashes that cost nothing: there is none in the gap. */
const BCRYPT_COST = 4;

/** Whether a commit waits for the disk, as in production, or not, as in tests. */
const DURABILITY = { disk: 'on', memory: 'off' } as const;

interface Gap {
  readonly gapMs: number;
  readonly queryMs: number;
}

/** For how long LibreChat has the new password and the row the old one, with one rotation in flight. */
export async function measureGap(context: BenchContext): Promise<Findings> {
  const { parts, quick, log } = context;
  const count = ROTATIONS[quick ? 'quick' : 'full'];
  const rows: Row[] = [];
  log(`Rotating ${count} times, one in flight, with a PostgreSQL that does not wait for its disk`);
  rows.push(
    ...spread('the row is behind LibreChat, nothing waits for the disk', await rotateInTurn(context, count)),
  );
  await setDurability(parts.postgres.adminUrl, 'disk');
  try {
    log(`Rotating ${count} times, one in flight, with a PostgreSQL that does`);
    const gaps = await rotateInTurn(context, count);
    const gapMs = gaps.map((gap) => gap.gapMs);
    rows.push(...spread('the row is behind LibreChat', gaps));
    return { rows, figures: { gap_ms_p50: quantile(gapMs, 0.5), gap_ms_p99: quantile(gapMs, 0.99) } };
  } finally {
    await setDurability(parts.postgres.adminUrl, 'memory');
  }
}

async function rotateInTurn(context: BenchContext, count: number): Promise<readonly Gap[]> {
  await using setting = await openRotateSetting(context, { 'bcrypt-cost': BCRYPT_COST });
  const { worker, seen, addProvisioned, rotate } = setting;
  const ids = await addProvisioned(USERS);
  for (const id of ids) await rotate(id);
  for (let index = 0; index < count; index++) await rotate(ids[index % USERS] ?? '');
  await worker.process.stop();
  const gaps = seen.flatMap((one) => (one.kind === 'commit' ? [one] : []));
  // One commit each, or the probe does not know the statement any more.
  if (gaps.length !== USERS + count) throw new Error(`${gaps.length} commits of ${USERS + count} were seen`);
  return gaps.slice(USERS);
}

/** The parts' PostgreSQL never waits for the disk, which in production is most of a commit. */
async function setDurability(adminUrl: string, where: keyof typeof DURABILITY): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    for (const setting of ['fsync', 'full_page_writes', 'synchronous_commit'])
      await client.query(`ALTER SYSTEM SET ${setting} = ${DURABILITY[where]}`);
    await client.query('SELECT pg_reload_conf()');
  } finally {
    await client.end();
  }
}

const spread = (label: string, gaps: readonly Gap[]): readonly Row[] => {
  const gapMs = gaps.map((gap) => gap.gapMs);
  const queryMs = gaps.map((gap) => gap.queryMs);
  return [
    { label: `${label}, p50`, value: quantile(gapMs, 0.5), unit: 'ms' },
    { label: `${label}, p99`, value: quantile(gapMs, 0.99), unit: 'ms' },
    { label: `${label}, longest`, value: quantile(gapMs, 1), unit: 'ms' },
    { label: `${label}, of it PostgreSQL, p50`, value: quantile(queryMs, 0.5), unit: 'ms' },
  ];
};
