import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { seededRandom } from '../setup/seeded-random.ts';

/** What becomes of one call. The first two leave LibreChat as it was, the others nobody knows of. */
const FATES = [
  'cut before the request',
  'cut in the request',
  'cut before the answer',
  'cut in the answer',
  'request delayed',
  'answer delayed',
] as const;
export type Fate = (typeof FATES)[number] | 'answer never comes' | 'passed';

/** A network between a worker and LibreChat that is bad to each user by a schedule of that user's own. */
export interface BadNetwork extends AsyncDisposable {
  readonly url: string;
  /** Whether calls suffer. */
  bad: boolean;
  /** What has happened so far, and how often. */
  readonly fates: ReadonlyMap<Fate, number>;
}

/** A call suffers with this chance, in percent, until its user has suffered so often. */
const CHANCE = 60;
const MOST_PER_USER = 4;
const LONGEST_DELAY_MS = 400;

/**
 * Lays the network. A call belongs to the user whose address or account id stands in its body.
 *
 * @param seed makes every user's schedule, together with the number of the user
 * @param userOf the number of the user that the body of a request is about
 * @param silenceFor whether the calls of this user may go unanswered too, which costs the worker a time-out
 */
export async function layBadNetwork(
  url: string,
  seed: number,
  userOf: (request: string) => number | undefined,
  silenceFor: (user: number) => boolean,
): Promise<BadNetwork> {
  const target = new URL(url);
  const schedules = new Map<number, Schedule>();
  const fates = new Map<Fate, number>();
  const sockets = new Set<Socket>();
  const fateOf = (request: string): { fate: Fate; delayMs: number } => {
    const user = userOf(request);
    if (user === undefined || !network.bad) return { fate: 'passed', delayMs: 0 };
    const schedule = schedules.get(user) ?? scheduleOf(seed + user, silenceFor(user));
    schedules.set(user, schedule);
    const drawn = schedule();
    fates.set(drawn.fate, (fates.get(drawn.fate) ?? 0) + 1);
    return drawn;
  };
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    return socket;
  };
  const server = createServer((client) => {
    const upstream = keep(connect(Number(target.port), target.hostname));
    join(keep(client), upstream, fateOf);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const network: BadNetwork = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bad: true,
    fates,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return network;
}

type Schedule = () => { fate: Fate; delayMs: number };

function scheduleOf(seed: number, silence: boolean): Schedule {
  const random = seededRandom(seed);
  let suffered = 0;
  let silent = false;
  return () => {
    const suffers = random.below(100) < CHANCE && suffered < MOST_PER_USER;
    const delayMs = random.below(LONGEST_DELAY_MS);
    const fate = FATES[random.below(FATES.length)] ?? 'passed';
    if (!suffers) return { fate: 'passed', delayMs };
    suffered += 1;
    if (!silence || silent) return { fate, delayMs };
    silent = true;
    return { fate: 'answer never comes', delayMs };
  };
}

/** One connection, with one call on it at a time. */
function join(client: Socket, upstream: Socket, fateOf: (request: string) => ReturnType<Schedule>): void {
  let request: Buffer = Buffer.alloc(0);
  let current: ReturnType<Schedule> = { fate: 'passed', delayMs: 0 };
  const cut = (): void => {
    client.destroy();
    upstream.destroy();
  };
  client.on('data', (chunk) => {
    request = Buffer.concat([request, chunk]);
    if (!isWhole(request)) return;
    const whole = request;
    request = Buffer.alloc(0);
    current = fateOf(whole.toString('latin1'));
    sendRequest(upstream, whole, current, cut);
  });
  upstream.on('data', (chunk) => sendAnswer(client, chunk, current, cut));
  client.on('close', () => {
    // What was sent on its way arrives, although nobody is there to hear the answer.
    if (current.fate === 'passed') upstream.destroy();
  });
  upstream.on('close', () => {
    if (current.fate !== 'answer never comes') client.destroy();
  });
}

function sendRequest(
  upstream: Socket,
  request: Buffer,
  { fate, delayMs }: ReturnType<Schedule>,
  cut: () => void,
): void {
  switch (fate) {
    case 'cut before the request':
      return cut();
    case 'cut in the request':
      upstream.write(request.subarray(0, request.length - 10), cut);
      return;
    case 'request delayed':
      setTimeout(() => upstream.write(request), delayMs);
      return;
    default:
      upstream.write(request);
  }
}

function sendAnswer(
  client: Socket,
  answer: Buffer,
  { fate, delayMs }: ReturnType<Schedule>,
  cut: () => void,
): void {
  switch (fate) {
    case 'cut before the answer':
      return cut();
    case 'cut in the answer':
      client.write(answer.subarray(0, Math.floor(answer.length / 2)), cut);
      return;
    case 'answer never comes':
      return;
    case 'answer delayed':
      setTimeout(() => client.write(answer), delayMs);
      return;
    default:
      client.write(answer);
  }
}

/** Whether the head of an HTTP request and all of its body have come. */
function isWhole(request: Buffer): boolean {
  const end = request.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(request.subarray(0, end).toString('latin1'))?.[1];
  return request.length >= end + 4 + Number(length ?? 0);
}
