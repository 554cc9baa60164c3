import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { pythonWith } from '../../tools/python.ts';

/** A request to `test/fixtures/python/fernet_peer.py`. */
export interface PeerRequest {
  readonly do: 'seal' | 'open' | 'rotate';
  /** Comma-separated. */
  readonly keys: string;
  readonly text: string;
  /** Seconds since 1970, for `seal`. */
  readonly at?: number;
}

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/python/${name}`, import.meta.url));

/** Makes the Python environment, which takes minutes on its first use on a machine. */
export const preparePython = (): Promise<string> => pythonWith(fixture('requirements.txt'));

/** Has Python's `cryptography` answer all requests, in their order. */
export async function askPython(requests: readonly PeerRequest[]): Promise<unknown[]> {
  const peer = spawn(await preparePython(), [fixture('fernet_peer.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  peer.stdin.end(requests.map((request) => `${JSON.stringify(request)}\n`).join(''));
  return (await text(peer.stdout))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}
