import { BridgeError, type ErrorCode } from '../../../contract/errors.ts';
import type { Secret } from '../../../contract/secret.ts';
import { type Answer, readJson } from './answer.ts';
import { classify, type Meanings } from './classify.ts';
import { parseSetCookies } from './cookies.ts';
import { createHashingLane } from './hashing-lane.ts';
import { parseHttpDate } from './http-date.ts';
import { type RateLimit, readRateLimit } from './rate-limit.ts';
import { type Route, type RouteEntry, ROUTES } from './routes.ts';
import { createTransport, type WireAnswer, type WireRequest } from './transport.ts';

/** What an observer learns of every complete answer. Never a secret, an address or a text. */
export interface AnswerSeen {
  readonly route: Route;
  readonly status: number;
  /** From its turn to the last byte. */
  readonly durationMs: number;
  /** Undefined when the answer names no limit. */
  readonly rateLimit: RateLimit | undefined;
  /** The error that the answer stands for; undefined when it is one that belongs to the route. */
  readonly code: ErrorCode | undefined;
  /** Seconds since 1970 by LibreChat's clock: the header `Date`, else by ours. */
  readonly saidAtSeconds: number;
}

/** What an observer learns of a call without a complete answer. */
export interface LossSeen {
  readonly route: Route;
  /** False: not one byte was written. */
  readonly sent: boolean;
}

/** How LibreChat is reached. */
export interface LibreChatOptions {
  /** For example `http://librechat:3080`, or with a path prefix. */
  readonly baseUrl: string;
  /** Connections kept at most, default 10. LibreChat does one bcrypt at a time: more only queue there. */
  readonly connections?: number;
  /** Calls that make LibreChat hash a password, at once, default 4: enough to keep it busy. Others wait, unsent. */
  readonly hashingWidth?: number;
  /** Default 2,000. This and the next two are below the 30 s that LibreChat hangs when its database is away. */
  readonly connectTimeoutMs?: number;
  /** Login and refresh, from the call to the last byte; default 8,000. */
  readonly loginTimeoutMs?: number;
  /** All other routes, likewise; default 10,000. */
  readonly totalTimeoutMs?: number;
  /** A longer answer is given up, default 1 MiB. The longest that is awaited is a page of accounts, below 100 KB. */
  readonly maxBodyBytes?: number;
  /** Told of every complete answer, for pacing and metrics. What it throws is dropped. */
  readonly onAnswer?: (seen: AnswerSeen) => void;
  /** Told of every call without one, likewise. */
  readonly onLoss?: (seen: LossSeen) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

const DEFAULTS = {
  connections: 10,
  hashingWidth: 4,
  connectTimeoutMs: 2000,
  loginTimeoutMs: 8000,
  totalTimeoutMs: 10_000,
  maxBodyBytes: 1_048_576,
  now: Date.now,
};

/** LibreChat bans accounts and addresses for one call of `/api/agents` with another kind of User-Agent. */
const USER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

/** What goes into a call besides its route. Headers are built from this and nothing else. */
interface CallInput {
  readonly json?: Readonly<Record<string, string>>;
  readonly bearer?: Secret;
  /** A whole `Cookie` header. */
  readonly cookie?: Secret;
  readonly query?: Readonly<Record<string, string>>;
}

/** Calls LibreChat and says what its answers mean. */
export interface Caller {
  /**
   * @returns what the answer means, or the error that it or its absence stands for: the request may have had effects
   * @throws BridgeError `UpstreamUnavailable` when the request was never sent
   */
  readonly call: <R extends Route>(route: R, input?: CallInput) => Promise<Meanings[R] | BridgeError>;
  readonly close: () => Promise<void>;
}

/** Opens the pool of connections. Throws `ConfigurationInvalid` for an unusable base URL. */
export function createCaller(options: LibreChatOptions): Caller {
  const { baseUrl, onAnswer, onLoss, ...rest } = options;
  const settings = { ...DEFAULTS, ...rest };
  const { origin, prefix } = splitBaseUrl(baseUrl);
  const transport = createTransport({ origin, ...settings });
  const lane = createHashingLane(settings.hashingWidth);
  const patience = { login: settings.loginTimeoutMs, usual: settings.totalTimeoutMs };
  return {
    async call(route, input = {}) {
      let startedAt = 0;
      const exchange = await lane(route, () => {
        startedAt = performance.now();
        return transport.send(toRequest(ROUTES[route], input, prefix, patience));
      });
      if (exchange.kind === 'lost') {
        const { sent, error } = exchange;
        tell(onLoss, { route, sent });
        if (!sent) throw error;
        return error;
      }
      const answer = readAnswer(exchange.answer, settings.now());
      const durationMs = performance.now() - startedAt;
      const meaning = classify(route, answer);
      const code = meaning instanceof BridgeError ? meaning.code : undefined;
      const { status, rateLimit } = answer;
      const saidAtSeconds = saidAt(exchange.answer, answer.receivedAt);
      tell(onAnswer, { route, status, durationMs, rateLimit, code, saidAtSeconds });
      return meaning;
    },
    close: () => transport.close(),
  };
}

/** LibreChat has acted, or may have: an observer's mistake must not hide the outcome. */
function tell<Seen>(observer: ((seen: Seen) => void) | undefined, seen: Seen): void {
  try {
    observer?.(seen);
  } catch {
    // It will be told of the next one.
  }
}

function toRequest(
  entry: RouteEntry,
  { json, bearer, cookie, query }: CallInput,
  prefix: string,
  patience: Readonly<Record<RouteEntry['patience'], number>>,
): WireRequest {
  const body = json === undefined ? undefined : JSON.stringify(json);
  return {
    method: entry.method,
    path: `${prefix}${entry.path}${query === undefined ? '' : `?${new URLSearchParams(query).toString()}`}`,
    headers: {
      'user-agent': USER_AGENT,
      accept: 'application/json, text/plain, */*',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer.reveal()}` }),
      ...(cookie === undefined ? {} : { cookie: cookie.reveal() }),
    },
    body,
    timeoutMs: patience[entry.patience],
  };
}

function readAnswer({ status, headers, text }: WireAnswer, receivedAt: number): Answer {
  const values = (name: string): readonly string[] => [headers[name] ?? []].flat();
  return {
    status,
    text,
    json: readJson(text),
    location: values('location')[0],
    cookies: parseSetCookies(values('set-cookie')),
    rateLimit: readRateLimit((name) => values(name)[0], receivedAt),
    receivedAt,
  };
}

function saidAt({ headers }: WireAnswer, receivedAt: number): number {
  return Math.floor((parseHttpDate(headers.date ?? '') ?? receivedAt) / 1_000);
}

function splitBaseUrl(baseUrl: string): { readonly origin: string; readonly prefix: string } {
  const url = URL.parse(baseUrl);
  const usable =
    url !== null && /^https?:$/.test(url.protocol) && url.username + url.password + url.search === '';
  if (!usable) {
    const detail = 'the LibreChat URL is not http(s)://host[:port][/prefix]';
    throw new BridgeError('ConfigurationInvalid', { detail });
  }
  return { origin: url.origin, prefix: url.pathname.replace(/\/+$/, '') };
}
