import cookieParser from 'cookie-parser';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { answering, begin, type Answer, type Call } from './call.ts';
import {
  checkBan,
  requireAdmin,
  requireBearer,
  requireBrowser,
  requireEmailLogin,
  requireReset,
} from './guards.ts';
import type { Installation } from './installation.ts';
import { PAGE } from './page.ts';
import { listUsers, searchUsers, verifyAdmin } from './routes/admin.ts';
import { config } from './routes/config.ts';
import { login } from './routes/login.ts';
import { logout } from './routes/logout.ts';
import { refresh } from './routes/refresh.ts';
import { register, requireRegistration } from './routes/register.ts';
import { requestPasswordReset, resetPassword } from './routes/reset-password.ts';
import { deleteUser, showUser } from './routes/user.ts';
import { resendVerification, verifyEmail } from './routes/verify-email.ts';

const BODY_LIMIT = '3mb';
const ASSET = /\.(?:js|mjs|css|json|map|png|jpe?g|gif|svg|ico|webp|woff2?|ttf|txt|xml|webmanifest)$/i;

/** The public port: LibreChat's pipeline in LibreChat's order (`api/server/index.js`). */
export function createApp(installation: Installation): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', installation.settings.trustProxy);
  probes(app, installation);
  app.use(commonHeaders);
  app.use(express.json({ limit: BODY_LIMIT }), express.urlencoded({ extended: true, limit: BODY_LIMIT }));
  app.use(malformedJson, dropMongoOperators, cookieParser());
  authRoutes(app, installation);
  userRoutes(app, installation);
  otherRoutes(app, installation);
  app.use('/api', (_req, res) => {
    res.status(404).json({ message: 'Endpoint not found' });
  });
  app.use(fallback, unknownError);
  return app;
}

/** Registered before everything else, and none of them looks at the database. */
function probes(app: Express, { settings }: Installation): void {
  app.get(['/health', '/livez'], (_req, res) => void res.status(200).send('OK'));
  app.get('/readyz', (_req, res) => {
    if (settings.ready) res.status(200).send('OK');
    else res.status(503).send('NOT_READY');
  });
}

type Handle = (call: Call) => Promise<Answer>;

function authRoutes(app: Express, installation: Installation): void {
  const limit = (name: Parameters<typeof installation.limiters.handler>[0]) =>
    installation.limiters.handler(name);
  const post = (name: string, guards: RequestHandler[], handle: Handle) =>
    app.post(`/api/auth/${name}`, begin(installation, name), ...guards, answering(handle));
  post('register', [limit('register'), checkBan, requireRegistration], register);
  post('login', [limit('login'), checkBan, requireEmailLogin], login);
  post('refresh', [], refresh);
  post('logout', [requireBearer], logout);
  post('requestPasswordReset', [limit('resetPassword'), checkBan, requireReset], requestPasswordReset);
  post('resetPassword', [limit('resetPasswordSubmission'), checkBan, requireReset], resetPassword);
}

function userRoutes(app: Express, installation: Installation): void {
  const { limiters } = installation;
  app.get('/api/user', begin(installation, 'user'), requireBearer, answering(showUser));
  app.delete('/api/user/delete', begin(installation, 'deleteUser'), requireBearer, answering(deleteUser));
  const submission = limiters.handler('verifyEmailSubmission');
  app.post('/api/user/verify', begin(installation, 'verify'), submission, answering(verifyEmail));
  const resend = limiters.handler('verifyEmail');
  app.post('/api/user/verify/resend', begin(installation, 'resend'), resend, answering(resendVerification));
}

function otherRoutes(app: Express, installation: Installation): void {
  const admin = (path: string, name: string, handle: Handle) =>
    app.get(`/api/admin/${path}`, begin(installation, name), requireBearer, requireAdmin, answering(handle));
  admin('users', 'adminUsers', listUsers);
  admin('users/search', 'adminSearch', searchUsers);
  admin('verify', 'adminVerify', verifyAdmin);
  app.get('/api/config', begin(installation, 'config'), answering(config));
  // JSON that calls itself HTML, as in LibreChat's EndpointController.
  const endpoints = async (): Promise<Answer> => ({
    status: 200,
    text: '{"Mock":{"type":"custom","order":0}}',
  });
  app.get('/api/endpoints', begin(installation, 'endpoints'), requireBearer, answering(endpoints));
  for (const name of ['agents', 'files']) {
    app.use(`/api/${name}`, begin(installation, name), requireBearer, checkBan, requireBrowser);
  }
}

const commonHeaders: RequestHandler = (req, res, next) => {
  res.set({ 'X-Robots-Tag': 'noindex', 'Access-Control-Allow-Origin': '*' });
  if (req.method === 'OPTIONS') res.status(204).end();
  else next();
};

/** Before the limiters: a syntax error costs no slot. */
const malformedJson: ErrorRequestHandler = (error: unknown, _req, res, next) => {
  const failedToParse = typeof error === 'object' && error !== null && 'type' in error;
  if (!failedToParse || error.type !== 'entity.parse.failed') {
    next(error);
    return;
  }
  const message = 'The request body contains malformed JSON';
  res.status(400).json({ error: 'Invalid JSON format', message });
};

/** express-mongo-sanitize, on the top level of the body: keys only, so passwords may contain `$` and `.`. */
const dropMongoOperators: RequestHandler = (req, _res, next) => {
  const body: unknown = req.body;
  if (typeof body === 'object' && body !== null) {
    for (const key of Object.keys(body))
      if (key.startsWith('$') || key.includes('.')) Reflect.deleteProperty(body, key);
  }
  next();
};

/** Any other path with any method is the single-page application: a wrong base path looks like a success. */
const fallback: RequestHandler = (req, res) => {
  if (ASSET.test(req.path)) res.status(404).end();
  else res.status(200).type('html').send(PAGE);
};

const unknownError: ErrorRequestHandler = (_error, _req, res, next) => {
  if (res.headersSent) next(_error);
  else res.status(500).send('An unknown error occurred.');
};
