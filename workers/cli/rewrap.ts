import { createCredentialColumn } from '../../activities/adapters/credential-column.ts';
import { createKeyRing } from '../../activities/adapters/fernet.ts';
import type { CredentialColumn, RewrapRing } from '../../activities/rewrap/ports.ts';
import { rewrapColumn, surveyColumn, type RewrapProgress } from '../../activities/rewrap/rewrap.ts';
import { parseDjangoUserId, type DjangoUserId } from '../../contract/ids.ts';
import { Secret } from '../../contract/secret.ts';
import { audited, openAuditTrail, type AuditedAction, type AuditTrail } from './audit-trail.ts';
import { AUDIT_HELP, AUDIT_OPTIONS, readAuthor } from './author.ts';
import { EXIT, readArguments, type Command, type ExitCode, type Terminal } from './command.ts';
import { readSettings } from './settings.ts';

const PROGRESS_MS = 1_000;

/** `rewrap` */
export const rewrap: Command = {
  summary: 'Encrypt the stored passwords under the first key of LIBRECHAT_ENCRYPTION_KEY',
  help: `Usage: rewrap --why TEXT [--from ID] [--skip-unreadable] [--by NAME] [--audit-file FILE]
       rewrap --dry-run [--from ID]

Encrypts the passwords in the user table anew, under the first key of LIBRECHAT_ENCRYPTION_KEY. The passwords and their
ages stay as they are. It may run beside everything else, be stopped at any time and begun again: rows that are done
are passed over.

  --dry-run           Count, and change nothing.
  --from ID           Begin after the row with this id, as the progress of an earlier run said.
  --skip-unreadable   Begin although some rows open under none of the keys. They are left as they are.
${AUDIT_HELP}

To change the key: add the new one at the end of the list in Django and in all workers; then put it first everywhere;
then rewrap, until --dry-run says that nothing is to be done and no rotation from before is open; then drop the old one.

Needs DATABASE_URL, DJANGO_USER_TABLE and LIBRECHAT_ENCRYPTION_KEY, as the worker has them (or *_FILE).`,

  async run(args, terminal) {
    const { values } = readArguments(args, [], {
      'dry-run': { type: 'boolean', default: false },
      from: { type: 'string' },
      'skip-unreadable': { type: 'boolean', default: false },
      ...AUDIT_OPTIONS,
    });
    const author = values['dry-run'] ? undefined : readAuthor(terminal, values);
    const after = values.from === undefined ? undefined : parseDjangoUserId(values.from);
    const settings = readSettings(terminal, [
      'DATABASE_URL',
      'DJANGO_USER_TABLE',
      'LIBRECHAT_ENCRYPTION_KEY',
    ]);
    // Opened first, so that nothing is done that cannot be recorded.
    await using trail =
      author === undefined ? null : await openAuditTrail(terminal, author, values['audit-file']);
    const ring = createKeyRing(new Secret(settings.LIBRECHAT_ENCRYPTION_KEY));
    const column = createCredentialColumn({
      connectionString: new Secret(settings.DATABASE_URL),
      table: settings.DJANGO_USER_TABLE,
    });
    try {
      const work: Work = { column, ring, after, stop: terminal.stopSignal(), terminal };
      const skipUnreadable = values['skip-unreadable'];
      const found = await survey(work, { skipUnreadable, dryRun: trail === null });
      if (found !== undefined || trail === null) return found ?? EXIT.ok;
      return await change(work, trail, { action: 'rewrap', from: values.from, skipUnreadable });
    } finally {
      await column.close();
    }
  },
};

/** What a run works on, and from where. */
interface Work {
  readonly column: CredentialColumn;
  readonly ring: RewrapRing;
  readonly after: DjangoUserId | undefined;
  readonly stop: AbortSignal;
  readonly terminal: Terminal;
}

/**
 * Counts first: rows that do not open need a decision before anything is changed.
 *
 * @returns what the process should exit with, if the run ends here
 */
async function survey(
  { column, ring, after, stop, terminal }: Work,
  { dryRun, skipUnreadable }: { readonly dryRun: boolean; readonly skipUnreadable: boolean },
): Promise<ExitCode | undefined> {
  const found = await surveyColumn(column, ring, { after, stop, onPage: progressOf(terminal, 'Counted') });
  if (stop.aborted) return stopped(terminal, found);
  const allOpen = found.noToken + found.unknownKey === 0;
  if (!allOpen) terminal.note(tellUnreadable(found));
  if (dryRun) {
    terminal.out(`To be rewrapped: ${found.rewrapped}. Under the first key already: ${found.current}.`);
    return allOpen ? EXIT.ok : EXIT.failed;
  }
  if (allOpen || skipUnreadable) return undefined;
  terminal.note('Nothing was changed. Add the missing key, or go on without these rows: --skip-unreadable.');
  return EXIT.failed;
}

async function change(
  { column, ring, after, stop, terminal }: Work,
  trail: AuditTrail,
  action: AuditedAction,
): Promise<ExitCode> {
  const result = await audited(
    trail,
    action,
    () => rewrapColumn(column, ring, { after, stop, onPage: progressOf(terminal, 'Done') }),
    ({ rewrapped, contested }) => ({ result: stop.aborted ? 'stopped' : 'done', rewrapped, contested }),
  );
  if (stop.aborted) return stopped(terminal, result);
  terminal.out(`Rewrapped: ${result.rewrapped}. Under the first key already: ${result.current}.`);
  if (result.contested === 0) return EXIT.ok;
  terminal.note(`${result.contested} rows were written by others all the time. Run it again.`);
  return EXIT.failed;
}

/** Not a line per page: a page takes some 100 ms. */
function progressOf({ note }: Terminal, word: string): (progress: RewrapProgress) => void {
  let next = 0;
  return ({ cursor, rewrapped, current, noToken, unknownKey, contested }) => {
    if (cursor === null || performance.now() < next) return;
    next = performance.now() + PROGRESS_MS;
    const rows = rewrapped + current + noToken + unknownKey + contested;
    note(
      `${word}: ${rows} rows, ${rewrapped} of them under an older key. To go on from here: --from ${cursor}`,
    );
  };
}

function stopped({ note }: Terminal, { cursor }: RewrapProgress): typeof EXIT.failed {
  note(cursor === null ? 'Stopped.' : `Stopped. To go on: --from ${cursor}`);
  return EXIT.failed;
}

const tellUnreadable = ({ noToken, unknownKey, unreadable }: RewrapProgress): string =>
  `KeyMissing: ${noToken + unknownKey} rows do not open: ${noToken} hold no Fernet token, ${unknownKey} one of an unknown ` +
  `key. The first of them: ${unreadable.join(', ')}.`;
