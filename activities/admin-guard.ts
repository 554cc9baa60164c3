import { ERRORS } from '../contract/error-table.ts';
import { BridgeError } from '../contract/errors.ts';
import type { Credential, LibreChat } from './ports/librechat.ts';
import { endSession } from './end-session.ts';

/** The role that LibreChat gives to the first account of all. */
export const ADMIN = 'ADMIN';

/** Keeps an ordinary user from becoming the administrator of an empty LibreChat. */
export interface AdminGuard {
  /**
   * To be awaited before a registration. Asks LibreChat once per process, and again after {@link AdminGuard.forget}.
   *
   * @throws BridgeError `ConfigurationInvalid`, and whatever a login or a registration throws.
   */
  ensure(): Promise<void>;
  /** LibreChat may have been emptied: ask again. */
  forget(): void;
}

/** Who the administrator is, or `off`: somebody else has made sure that LibreChat has one. */
export type AdminBootstrap = Credential | 'unset' | 'off';

/**
 * LibreChat makes the first account that is ever registered its administrator (`POST /api/auth/register`). So before the
 * first registration of a process, a login of the administrator must have succeeded; it is registered where LibreChat
 * does not know it.
 */
export function createAdminGuard(libreChat: LibreChat, admin: AdminBootstrap): AdminGuard {
  let ensured: Promise<void> | undefined;
  return {
    ensure() {
      ensured ??= ensureAdmin(libreChat, admin).catch((error: unknown) => {
        ensured = undefined;
        throw error;
      });
      return ensured;
    },
    forget() {
      ensured = undefined;
    },
  };
}

async function ensureAdmin(libreChat: LibreChat, admin: AdminBootstrap): Promise<void> {
  if (admin === 'off') return;
  if (admin === 'unset') {
    throw invalid('set LIBRECHAT_ADMIN_EMAIL and LIBRECHAT_ADMIN_PASSWORD, or LIBRECHAT_ADMIN_BOOTSTRAP=off');
  }
  try {
    if (await logsIn(libreChat, admin)) return;
    const registered = await libreChat.register({ ...admin, name: 'Administrator' });
    if (await logsIn(libreChat, admin)) return;
    if (registered.kind === 'unknown') throw registered.error;
  } catch (error) {
    if (!(error instanceof BridgeError) || ERRORS[error.code].scope === 'system') throw error;
    // What LibreChat says of the administrator must not be taken for something about the user.
    throw invalid(`LibreChat answers ${error.code} to LIBRECHAT_ADMIN_EMAIL and LIBRECHAT_ADMIN_PASSWORD`);
  }
  throw invalid('LibreChat did not take LIBRECHAT_ADMIN_EMAIL');
}

async function logsIn(libreChat: LibreChat, admin: Credential): Promise<boolean> {
  const outcome = await libreChat.login(admin);
  switch (outcome.kind) {
    case 'session':
      await endSession(libreChat, outcome.session);
      return true;
    case 'two-factor':
      return true;
    case 'unknown-address':
      return false;
    case 'wrong-password':
      throw invalid('LibreChat does not accept LIBRECHAT_ADMIN_PASSWORD');
  }
}

const invalid = (detail: string): BridgeError => new BridgeError('ConfigurationInvalid', { detail });
