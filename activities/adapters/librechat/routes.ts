/** A route of LibreChat that the product calls. */
export interface RouteEntry {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the base URL. */
  readonly path: string;
  /** Which of the two total time-outs applies: `login` is shorter, since a person may be waiting. */
  readonly patience: 'login' | 'usual';
}

/** Every route by the name that observers see. */
export const ROUTES = {
  login: { method: 'POST', path: '/api/auth/login', patience: 'login' },
  register: { method: 'POST', path: '/api/auth/register', patience: 'usual' },
  refresh: { method: 'POST', path: '/api/auth/refresh', patience: 'login' },
  logout: { method: 'POST', path: '/api/auth/logout', patience: 'usual' },
  requestPasswordReset: { method: 'POST', path: '/api/auth/requestPasswordReset', patience: 'usual' },
  resetPassword: { method: 'POST', path: '/api/auth/resetPassword', patience: 'usual' },
  currentUser: { method: 'GET', path: '/api/user', patience: 'usual' },
  deleteAccount: { method: 'DELETE', path: '/api/user/delete', patience: 'usual' },
  listAccounts: { method: 'GET', path: '/api/admin/users', patience: 'usual' },
  config: { method: 'GET', path: '/api/config', patience: 'usual' },
  ready: { method: 'GET', path: '/readyz', patience: 'usual' },
} as const satisfies Record<string, RouteEntry>;

export type Route = keyof typeof ROUTES;
