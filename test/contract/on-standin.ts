import { startStandInProcess, UNLIMITED, type StandInFlags } from '../../tools/processes/stand-in.ts';
import { DEFAULTS, type ContractOptions } from './options.ts';
import { runContract, type CaseResult, type ContractRun } from './run.ts';

/** An administrator, registered first as an operator would. */
const ADMIN = { address: 'admin@example.com', password: 'Administrator0' } as const;

/** A stand-in, set up in some way, and the suite as it is run on it. */
interface SetUp {
  readonly flags: StandInFlags;
  readonly options: Partial<ContractOptions>;
}

/** The first set-up decides all but a few cases; the others decide those. */
const SET_UPS: readonly [SetUp, ...SetUp[]] = [
  { flags: UNLIMITED, options: {} },
  { flags: {}, options: { routes: ['limits'] } },
  {
    flags: { ...UNLIMITED, 'session-expiry': 3000, 'refresh-token-expiry': 8000 },
    options: { routes: ['expiry'], sessionExpiryMs: 3000, refreshTokenExpiryMs: 8000 },
  },
  { flags: { ...UNLIMITED, 'ban-violations': 'true' }, options: { routes: ['bans'], bans: true } },
  {
    flags: { 'allow-registration': 'false', 'allow-password-reset': 'false' },
    options: { routes: ['closed'] },
  },
  { flags: { ...UNLIMITED, mail: 'works' }, options: { routes: ['mail'] } },
];

/** Starts a stand-in, has an administrator registered, and runs the suite on it. */
async function runOnStandIn({ flags, options }: SetUp): Promise<ContractRun> {
  const { url, process } = await startStandInProcess(flags);
  await using _ends = process;
  // From another client address, so that the limits are untouched; refused where registration is closed.
  await fetch(`${url}/api/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': '192.0.2.1' },
    body: JSON.stringify({
      name: 'Administrator',
      email: ADMIN.address,
      password: ADMIN.password,
      confirm_password: ADMIN.password,
    }),
  });
  // Awaited here: the stand-in ends with this function.
  return await runContract({ ...DEFAULTS, admin: ADMIN, ...options, url });
}

/** Runs every set-up: a case is judged by those that decided it. */
export async function runOnStandIns(): Promise<ContractRun> {
  const [first, ...others] = SET_UPS;
  // The first is one long computation, the others mostly wait.
  const [all, rest] = await Promise.all([runOnStandIn(first), oneByOne(others)]);
  const results = all.results.map((result) => judge(result, rest));
  return { ...all, results, left: [all, ...rest].flatMap(({ left }) => left) };
}

async function oneByOne(setUps: readonly SetUp[]): Promise<ContractRun[]> {
  const runs: ContractRun[] = [];
  for (const setUp of setUps) runs.push(await runOnStandIn(setUp));
  return runs;
}

const WEIGHT = { failed: 2, passed: 1, skipped: 0 } as const;

function judge(result: CaseResult, runs: readonly ContractRun[]): CaseResult {
  const same = ({ route, claim }: CaseResult): boolean => route === result.route && claim === result.claim;
  return runs
    .flatMap(({ results }) => results.filter(same))
    .reduce((worst, other) => (WEIGHT[other.verdict] > WEIGHT[worst.verdict] ? other : worst), result);
}
