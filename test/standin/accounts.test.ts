import { describe, expect, test } from '@jest/globals';
import { PASSWORD, using } from './harness.ts';

describe('accounts changed behind LibreChat', () => {
  test(
    'a second factor turns a login into a pending one without cookies',
    using({}, async (bench) => {
      await bench.register('a@example.org');
      await bench.control('POST', '/users/a@example.org', { twoFactor: true });
      const pending = await bench.login('a@example.org');
      expect(pending).toMatchObject({ status: 200, cookie: undefined, json: { twoFAPending: true } });
    }),
  );

  test(
    'role, verification, password, provider and existence can be changed',
    using({}, async (bench) => {
      await bench.enrolled('a@example.org');
      const change = async (body: Record<string, unknown>) =>
        bench.control('POST', '/users/a@example.org', body);
      expect(await change({ role: 'USER', emailVerified: false })).toMatchObject({
        role: 'USER',
        emailVerified: false,
      });
      expect((await bench.login('a@example.org')).status).toBe(422);
      expect(await change({ emailVerified: true, password: 'changed-elsewhere' })).toMatchObject({
        distinctPasswords: 2,
      });
      expect((await bench.login('a@example.org', 'changed-elsewhere')).status).toBe(200);
      await change({ provider: 'google' });
      expect((await bench.login('a@example.org', 'changed-elsewhere')).json['message']).toBe(
        'Email does not exist.',
      );
      expect(await change({ deleted: true })).toMatchObject({ exists: false, registrations: 1 });
    }),
  );
});

describe('tenant header and admin routes', () => {
  test(
    'a fresh tenant id makes an ADMIN who sees that tenant only',
    using({}, async (bench) => {
      await bench.register('boss@example.org');
      await bench.register('a@example.org', PASSWORD, { 'x-tenant-id': 'evil' });
      const { json } = await bench.login('a@example.org');
      expect(json['user']).toMatchObject({ role: 'ADMIN', tenantId: 'evil' });
      const headers = { authorization: `Bearer ${String(json['token'])}` };
      const list = await bench.call('GET', '/api/admin/users?limit=10', undefined, headers);
      expect(list.json).toMatchObject({ total: 1, limit: 10, users: [{ email: 'a@example.org' }] });
      await bench.register('b@example.org', PASSWORD, { 'x-tenant-id': 'not valid!' });
      expect((await bench.login('b@example.org')).json['user']).not.toHaveProperty('tenantId');
    }),
  );

  test(
    'admin routes list newest first, search by prefix, and refuse a USER',
    using({}, async (bench) => {
      const admin = await bench.enrolled('boss@example.org');
      const user = await bench.enrolled('staff@example.org');
      const get = async (path: string, authorization: string) =>
        bench.call('GET', `/api/admin/${path}`, undefined, { authorization });
      const { json } = await get('users?limit=1', admin.bearer);
      expect(json).toMatchObject({ total: 2, users: [{ id: user.id, role: 'USER' }] });
      const found = await get('users/search?q=BOSS', admin.bearer);
      expect(found.json).toMatchObject({ total: 1, capped: false, users: [{ id: admin.id }] });
      expect((await get('users/search?q=b', admin.bearer)).status).toBe(400);
      expect((await get('verify', admin.bearer)).status).toBe(200);
      expect((await get('verify', user.bearer)).json).toEqual({ message: 'Forbidden' });
    }),
  );

  test(
    'a wrong path is a page, an unknown API path is not',
    using({}, async (bench) => {
      expect(await bench.call('POST', '/auth/login', {})).toMatchObject({
        status: 200,
        type: 'text/html; charset=utf-8',
      });
      expect(await bench.call('GET', '/nope.js')).toMatchObject({ status: 404, type: null, text: '' });
      expect((await bench.call('GET', '/api/health')).json).toEqual({ message: 'Endpoint not found' });
    }),
  );
});
