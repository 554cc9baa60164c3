import jsonwebtoken from 'jsonwebtoken';
import type { Answer, Call } from '../call.ts';

/**
 * GET /api/config (LibreChat `api/server/routes/config.js`): never touches the database. `emailEnabled` is not the
 * switch the reset route uses: mail without credentials is sent although this says false.
 */
export async function config(call: Call): Promise<Answer> {
  const { settings, mailbox } = call.installation;
  const anonymous = {
    appTitle: 'LibreChat',
    discordLoginEnabled: false,
    facebookLoginEnabled: false,
    githubLoginEnabled: false,
    googleLoginEnabled: false,
    appleLoginEnabled: false,
    openidLoginEnabled: false,
    openidLabel: 'Continue with OpenID',
    openidAutoRedirect: false,
    samlLoginEnabled: false,
    serverDomain: settings.domainServer,
    emailLoginEnabled: settings.allowEmailLogin,
    registrationEnabled: settings.allowRegistration,
    socialLoginEnabled: false,
    emailEnabled: mailbox.configured && settings.mailCredentials,
    passwordResetEnabled: settings.allowPasswordReset,
    ...(settings.minPasswordLength === 8 ? {} : { minPasswordLength: settings.minPasswordLength }),
    socialLogins: [],
    interface: {},
  };
  if (!knownBearer(call)) return { status: 200, json: anonymous };
  return { status: 200, json: { ...anonymous, allowAccountDeletion: settings.allowAccountDeletion } };
}

/** An invalid bearer counts as none here. */
function knownBearer(call: Call): boolean {
  const token = /^bearer (\S+)/i.exec(call.req.get('authorization') ?? '')?.[1];
  try {
    return token !== undefined && Boolean(jsonwebtoken.verify(token, call.installation.settings.jwtSecret));
  } catch {
    return false;
  }
}
