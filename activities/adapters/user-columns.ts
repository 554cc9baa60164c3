/*
 * What the three columns say, in SQL. An index serves only the very expression and predicate it was made with, so these are
 * as in `sql/indexes.sql`.
 */

/** These three columns hold '' for nothing where Django's field is not nullable. */
export const LINKED = `(librechat_user_id IS NOT NULL AND librechat_user_id <> '')`;
export const EMPTY = `coalesce(librechat_password_encrypted, '') = ''`;
export const DIGEST = `encode(sha256(convert_to(librechat_password_encrypted, 'UTF8')), 'hex')`;
/** As in `sql/indexes.sql`, to the letter: an expression index serves only its own expression. */
export const MINTED_AT = `(('x' || encode(substring(decode(translate(substr(librechat_password_encrypted, 1, 12), '-_', '+/'), 'base64') FROM 2 FOR 8), 'hex'))::bit(64)::bigint)`;
export const IS_TOKEN = `librechat_password_encrypted ~ '^gAAAAA[A-Za-z0-9_-]{6}'`;
export const FILLED = `(librechat_password_encrypted IS NOT NULL AND librechat_password_encrypted <> '')`;
