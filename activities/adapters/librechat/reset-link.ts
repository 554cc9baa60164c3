import { type AccountId, parseAccountId } from '../../../contract/ids.ts';
import { Secret } from '../../../contract/secret.ts';

/** What a reset link carries. */
export interface ResetLink {
  readonly accountId: AccountId;
  readonly token: Secret;
}

/**
 * Reads the link that `POST /api/auth/requestPasswordReset` answers or LibreChat mails:
 * `<DOMAIN_CLIENT>/reset-password?token=<64 hex>&userId=<24 hex>`. It is never fetched, so its host does not matter,
 * and an unset `DOMAIN_CLIENT` (the link then begins with `undefined/`) does no harm.
 *
 * @param link as answered, or as it stands in the mail's HTML (`&#x3D;` and `&amp;`)
 * @returns undefined when it is anything else
 */
export function parseResetLink(link: string): ResetLink | undefined {
  const [, path = '', query = ''] = /^([^?#]*)\?([^#]*)/.exec(decodeEntities(link)) ?? [];
  if (!path.endsWith('/reset-password')) return undefined;
  const parameters = new URLSearchParams(query);
  const [token, ...otherTokens] = parameters.getAll('token');
  const [userId, ...otherUsers] = parameters.getAll('userId');
  if (token === undefined || !/^[0-9a-f]{64}$/i.test(token) || otherTokens.length > 0) return undefined;
  if (userId === undefined || !/^[0-9a-f]{24}$/.test(userId) || otherUsers.length > 0) return undefined;
  return { accountId: parseAccountId(userId), token: new Secret(token) };
}

const ENTITY = /&(?:amp|#x([0-9a-f]{1,6})|#([0-9]{1,7}));/gi;
const LAST_CODE_POINT = 0x10_ff_ff;

function decodeEntities(text: string): string {
  return text.replaceAll(ENTITY, (entity: string, hex: string | undefined, decimal: string | undefined) => {
    if (hex === undefined && decimal === undefined) return '&';
    const codePoint = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return codePoint <= LAST_CODE_POINT ? String.fromCodePoint(codePoint) : entity;
  });
}
