/** What the probe in a worker tells. */
export type Seen =
  | {
      readonly kind: 'commit';
      /** From LibreChat's answer to the reset → PostgreSQL's answer to the commit. */
      readonly gapMs: number;
      /** Of it, the statement, with what it waits for a connection. */
      readonly queryMs: number;
    }
  | { readonly kind: 'heartbeat' };

/** What a line of a worker's output tells, if the probe wrote it. */
export function readSeen(line: string): Seen | undefined {
  return line.startsWith('{"probe":') ? (JSON.parse(line) as { readonly probe: Seen }).probe : undefined;
}
