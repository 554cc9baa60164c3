import assert from 'node:assert/strict';
import { answers, reads, says, TEXT_TYPE } from '../answers.ts';
import type { ContractCase } from '../contract-case.ts';
import { CONFIG } from '../forms.ts';

export const DISCOVERY: readonly ContractCase[] = [
  {
    route: 'config',
    claim: 'GET /api/config: 200 with the switches that the worker reads',
    cost: {},
    anyServer: true,
    async run(context) {
      const reply = await context.call('GET', '/api/config');
      const { minPasswordLength } = reads(reply, 200, CONFIG);
      assert.ok(minPasswordLength === undefined || Number.isInteger(minPasswordLength));
    },
  },
  {
    route: 'config',
    claim: 'a token that is none counts as no token',
    cost: {},
    anyServer: true,
    async run(context) {
      const reply = await context.call('GET', '/api/config', { bearer: 'garbage' });
      const plain = await context.call('GET', '/api/config');
      answers(reply, 200, Object(plain.json) as object);
    },
  },
  {
    route: 'probes',
    claim: 'GET /readyz and /livez: 200 text OK',
    cost: {},
    anyServer: true,
    async run(context) {
      for (const path of ['/readyz', '/livez']) answers(await context.call('GET', path), 200, 'OK');
    },
  },
  {
    route: 'paths',
    claim: 'an unknown path below /api: 404 JSON',
    cost: {},
    anyServer: true,
    async run(context) {
      says(await context.call('GET', '/api/nope'), 404, 'Endpoint not found');
      says(await context.call('POST', '/api/auth/nope', { json: {} }), 404, 'Endpoint not found');
    },
  },
  {
    route: 'paths',
    claim: 'any other path, with any method: 200 HTML that looks like a success',
    cost: {},
    anyServer: true,
    async run(context) {
      for (const method of ['GET', 'POST']) {
        const reply = await context.call(method, '/chat/api/auth/login');
        assert.deepEqual([reply.status, reply.type?.toLowerCase()], [200, TEXT_TYPE]);
        assert.equal(reply.json, undefined);
        assert.match(reply.text, /<html/i);
      }
    },
  },
];
