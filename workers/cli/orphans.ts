import { createAccountLinks, type AccountLinks } from '../../activities/adapters/account-links.ts';
import { createLibreChat } from '../../activities/adapters/librechat/index.ts';
import { BridgeError } from '../../contract/errors.ts';
import { Secret } from '../../contract/secret.ts';
import { AccountListing } from './account-listing.ts';
import { EXIT, readArguments, type Command } from './command.ts';
import { readSettings } from './settings.ts';

/** An account is registered before its link is written; a provisioning takes longer only while something is away (ms). */
const NEW_MS = 10 * 60_000;

/** `orphans` */
export const orphans: Command = {
  summary: 'List the LibreChat accounts that no row owns',
  help: `Usage: orphans

Lists the accounts in LibreChat that no row of the user table is linked to: their ids and when they were made, no address.
The administrator who asks is left out. It changes nothing.

An account that is less than ${NEW_MS / 60_000} minutes old is marked as new: while people sign up, its link may be about to be
written. Others come from before (adopt links them), from users who changed their address, or from LibreChat's own
registration. Accounts that are deleted while it runs may hide others: it says so then.

Needs LIBRECHAT_API_URL, LIBRECHAT_ADMIN_EMAIL, LIBRECHAT_ADMIN_PASSWORD, DATABASE_URL (or *_FILE) and DJANGO_USER_TABLE.`,

  async run(args, terminal) {
    readArguments(args, [], {});
    const settings = readSettings(terminal, [
      'DATABASE_URL',
      'DJANGO_USER_TABLE',
      'LIBRECHAT_API_URL',
      'LIBRECHAT_ADMIN_EMAIL',
      'LIBRECHAT_ADMIN_PASSWORD',
    ]);
    const { LIBRECHAT_ADMIN_EMAIL: email, LIBRECHAT_ADMIN_PASSWORD: password } = settings;
    if (email === undefined || password === undefined)
      throw new BridgeError('ConfigurationInvalid', {
        detail:
          'only an administrator may list accounts: set LIBRECHAT_ADMIN_EMAIL and LIBRECHAT_ADMIN_PASSWORD',
      });
    const links = createAccountLinks({
      connectionString: new Secret(settings.DATABASE_URL),
      table: settings.DJANGO_USER_TABLE,
    });
    await using libreChat = createLibreChat({ baseUrl: settings.LIBRECHAT_API_URL });
    try {
      const admin = { address: email.trim().toLowerCase(), password: new Secret(password) };
      const listing = new AccountListing(libreChat, admin);
      const found = await tellOrphans(listing, links, terminal.out);
      terminal.out(
        `Accounts: ${found.accounts}. Without a row: ${found.orphans}, of these new: ${found.fresh}.`,
      );
      if (listing.hasShrunk)
        terminal.note('Accounts were deleted meanwhile, and may have hidden others: run it again.');
      return EXIT.ok;
    } finally {
      await links.close();
    }
  },
};

interface Found {
  readonly accounts: number;
  readonly orphans: number;
  readonly fresh: number;
}

async function tellOrphans(
  listing: AccountListing,
  links: AccountLinks,
  out: (line: string) => void,
): Promise<Found> {
  const found = { accounts: 0, orphans: 0, fresh: 0 };
  for await (const page of listing.pages()) {
    const owned = await links.owned(page.map(({ accountId }) => accountId));
    for (const { accountId, createdAt } of page) {
      found.accounts += 1;
      if (owned.has(accountId)) continue;
      const isNew = Date.now() - createdAt.getTime() < NEW_MS;
      found.orphans += 1;
      if (isNew) found.fresh += 1;
      out(`${accountId}  ${createdAt.toISOString()}${isNew ? '  new' : ''}`);
    }
  }
  return found;
}
