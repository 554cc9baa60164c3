import { BridgeError } from '../../../contract/errors.ts';
import { LONGEST_LIST, type FleetMode, type FleetRequest } from '../../../contract/fleet.ts';
import { parseDjangoUserId } from '../../../contract/ids.ts';
import { UsageError } from '../command.ts';
import { readGivenFile } from '../given-file.ts';

const MODES: readonly FleetMode[] = ['due', 'incident', 'list'];

/** What was given on the command line. */
interface Given {
  readonly mode: string;
  readonly 'period-days'?: string;
  readonly from?: string;
}

/** What a run is asked for. */
export interface GivenRequest {
  readonly request: FleetRequest;
  /** Of the file of a list. */
  readonly digest?: string;
}

/** @throws UsageError; BridgeError `InvalidUserId`, with the line */
export async function readRequest(given: Given, defaultDays: number): Promise<GivenRequest> {
  const mode = MODES.find((known) => known === given.mode);
  if (mode === undefined) throw new UsageError(`--mode is one of ${MODES.join(', ')}`);
  if (given['period-days'] !== undefined && mode !== 'due')
    throw new UsageError('--period-days goes with --mode due only');
  if ((given.from !== undefined) !== (mode === 'list'))
    throw new UsageError('--from goes with --mode list, and only with that');
  if (given.from !== undefined) {
    const { text, digest } = await readGivenFile('--from', given.from);
    return { request: { mode, djangoUserIds: readList(text) }, digest };
  }
  if (mode === 'incident') return { request: { mode } };
  const days = given['period-days'];
  return { request: { mode, periodDays: days === undefined ? defaultDays : readDays(days) } };
}

function readDays(text: string): number {
  const days = /^[0-9]{1,4}(\.[0-9]{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (!(days >= 0)) throw new UsageError('--period-days takes a number of days');
  return days;
}

/** One user id per line; empty lines do not count. */
function readList(text: string): readonly string[] {
  const users = new Set<string>();
  text.split(/\r?\n/).forEach((line, index) => {
    if (line.trim() !== '') users.add(readUser(line.trim(), index + 1));
  });
  if (users.size === 0) throw new UsageError('The file of --from names nobody');
  if (users.size > LONGEST_LIST)
    throw new UsageError(
      `The file of --from names more than ${LONGEST_LIST} users; use --mode incident for all`,
    );
  return [...users];
}

function readUser(text: string, line: number): string {
  try {
    return parseDjangoUserId(text);
  } catch {
    throw new BridgeError('InvalidUserId', { detail: `line ${line} of the file of --from` });
  }
}
