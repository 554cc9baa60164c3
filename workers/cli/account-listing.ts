import { endSession } from '../../activities/end-session.ts';
import type {
  AccountListOutcome,
  AccountView,
  LibreChatAdmin,
} from '../../activities/ports/librechat-admin.ts';
import type { AccountSession, Credential, LibreChat } from '../../activities/ports/librechat.ts';
import { BridgeError } from '../../contract/errors.ts';
import type { AccountId } from '../../contract/ids.ts';

type Page = Extract<AccountListOutcome, { readonly kind: 'page' }>;

/** All accounts of a LibreChat, page by page, as its administrator sees them. */
export class AccountListing {
  readonly #libreChat: LibreChat & Pick<LibreChatAdmin, 'listAccounts'>;
  readonly #admin: Credential;
  #hasShrunk = false;

  constructor(libreChat: LibreChat & Pick<LibreChatAdmin, 'listAccounts'>, admin: Credential) {
    this.#libreChat = libreChat;
    this.#admin = admin;
  }

  /** Whether accounts were deleted between two pages, which pushes others from the later into the earlier one. */
  get hasShrunk(): boolean {
    return this.#hasShrunk;
  }

  /**
   * Each account once, but for the administrator's own: one that is registered between two pages pushes others into the
   * next page again.
   *
   * @throws BridgeError `ConfigurationInvalid` when the account that asks is not an administrator, and what the calls throw
   */
  async *pages(): AsyncGenerator<readonly AccountView[]> {
    let session = await this.#logIn();
    const seen = new Set<AccountId>([session.accountId]);
    try {
      let total = 0;
      for (let cursor: number | null = 0; cursor !== null;) {
        const asked: Page | 'expired' = await this.#page(session, cursor);
        if (asked === 'expired') {
          // The access token lives for 15 minutes, and a large listing may take longer.
          session = await this.#logIn();
          continue;
        }
        this.#hasShrunk ||= asked.total < total;
        ({ total, cursor } = asked);
        const fresh = asked.accounts.filter(({ accountId }) => !seen.has(accountId));
        for (const { accountId } of fresh) seen.add(accountId);
        yield fresh;
      }
    } finally {
      await endSession(this.#libreChat, session);
    }
  }

  async #page({ accessToken }: AccountSession, cursor: number): Promise<Page | 'expired'> {
    const outcome = await this.#libreChat.listAccounts(accessToken, cursor);
    if (outcome.kind === 'forbidden')
      throw invalid('LIBRECHAT_ADMIN_EMAIL is not an administrator of LibreChat');
    return outcome.kind === 'refused' ? 'expired' : outcome;
  }

  async #logIn(): Promise<AccountSession> {
    const outcome = await this.#libreChat.login(this.#admin);
    switch (outcome.kind) {
      case 'session':
        return outcome.session;
      case 'two-factor':
        throw invalid(
          'the administrator of LibreChat has two-factor authentication on, which this command cannot answer',
        );
      case 'unknown-address':
      case 'wrong-password':
        throw invalid('LibreChat does not accept LIBRECHAT_ADMIN_EMAIL and LIBRECHAT_ADMIN_PASSWORD');
    }
  }
}

const invalid = (detail: string): BridgeError => new BridgeError('ConfigurationInvalid', { detail });
