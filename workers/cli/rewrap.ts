import { createCredentialColumn } from '../../activities/adapters/credential-column.ts';
import { createKeyRing } from '../../activities/adapters/fernet.ts';
import { rewrapColumn, surveyColumn, type RewrapProgress } from '../../activities/rewrap/rewrap.ts';
import { parseDjangoUserId } from '../../contract/ids.ts';
import { Secret } from '../../contract/secret.ts';
import { AUDIT_HELP, AUDIT_OPTIONS, audited, openAuditTrail, readWhy } from './audit-trail.ts';
import { EXIT, readArguments, type Command, type Terminal } from './command.ts';
import { readSettings } from './settings.ts';

const PROGRESS_MS = 1_000;

/** `rewrap` */
export const rewrap: Command = {
  summary: 'Encrypt the stored passwords under the first key of LIBRECHAT_ENCRYPTION_KEY',
  help: `Usage: rewrap [--dry-run] [--from ID] [--skip-unreadable] [--why TEXT] [--audit-file FILE]

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
    const why = readWhy(values.why);
    const after = values.from === undefined ? undefined : parseDjangoUserId(values.from);
    const settings = readSettings(terminal, [
      'DATABASE_URL',
      'DJANGO_USER_TABLE',
      'LIBRECHAT_ENCRYPTION_KEY',
    ]);
    await using trail = await openAuditTrail(terminal, values['audit-file']);
    const ring = createKeyRing(new Secret(settings.LIBRECHAT_ENCRYPTION_KEY));
    const column = createCredentialColumn({
      connectionString: new Secret(settings.DATABASE_URL),
      table: settings.DJANGO_USER_TABLE,
    });
    try {
      const stop = terminal.stopSignal();
      const survey = await surveyColumn(column, ring, {
        after,
        stop,
        onPage: progressOf(terminal, 'Counted'),
      });
      if (stop.aborted) return stopped(terminal, survey);
      const unreadable = survey.noToken + survey.unknownKey;
      if (unreadable > 0) terminal.note(tellUnreadable(survey));
      if (values['dry-run']) {
        terminal.out(`To be rewrapped: ${survey.rewrapped}. Under the first key already: ${survey.current}.`);
        return unreadable > 0 ? EXIT.failed : EXIT.ok;
      }
      if (unreadable > 0 && !values['skip-unreadable']) {
        terminal.note(
          'Nothing was changed. Add the missing key, or go on without these rows: --skip-unreadable.',
        );
        return EXIT.failed;
      }
      const result = await audited(
        trail,
        { action: 'rewrap', from: values.from, skipUnreadable: values['skip-unreadable'], why },
        () => rewrapColumn(column, ring, { after, stop, onPage: progressOf(terminal, 'Done') }),
        ({ rewrapped, contested }) => ({ result: stop.aborted ? 'stopped' : 'done', rewrapped, contested }),
      );
      if (stop.aborted) return stopped(terminal, result);
      terminal.out(`Rewrapped: ${result.rewrapped}. Under the first key already: ${result.current}.`);
      if (result.contested === 0) return EXIT.ok;
      terminal.note(`${result.contested} rows were written by others all the time. Run it again.`);
      return EXIT.failed;
    } finally {
      await column.close();
    }
  },
};

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
