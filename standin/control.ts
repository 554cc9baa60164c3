import express, { type Express } from 'express';
import { performance } from 'node:perf_hooks';
import { ACTIONS, type FaultRequest } from './faults.ts';
import type { Body } from './call.ts';
import type { Installation } from './installation.ts';
import { changeSettings } from './settings.ts';
import { changeAccount, showAccount } from './control-accounts.ts';

const LONGEST_WAIT_MS = 60_000;

/** The control port: JSON in, JSON out, for tests and demos only. The README has the shapes. */
export function createControl(installation: Installation, publicApp: Express): Express {
  const control = express();
  control.use(express.json());
  faultRoutes(control, installation);
  settingRoutes(control, installation, publicApp);
  measureRoutes(control, installation);
  control.get('/mails', (_req, res) => void res.json({ mails: installation.mailbox.mails }));
  control.get('/users/:address', (req, res) => {
    const account = showAccount(installation, req.params.address);
    res.status(account.exists ? 200 : 404).json(account);
  });
  control.post('/users/:address', (req, res) => {
    const problem = changeAccount(installation, req.params.address, req.body ?? {});
    if (problem) res.status(400).json({ error: problem });
    else res.json(showAccount(installation, req.params.address));
  });
  return control;
}

function faultRoutes(control: Express, { faults, events }: Installation): void {
  const isFault = (body: unknown): body is FaultRequest =>
    typeof body === 'object' &&
    body !== null &&
    'action' in body &&
    ACTIONS.some((name) => name === body.action);
  control.post('/faults', (req, res) => {
    if (isFault(req.body)) res.json(faults.add(req.body));
    else res.status(400).json({ error: `action is one of ${ACTIONS.join(', ')}` });
  });
  control.get('/faults', (_req, res) => void res.json(faults.list()));
  control.delete('/faults', (_req, res) => {
    faults.clear();
    res.json(faults.list());
  });
  control.post('/release', (req, res) => {
    const filter: { route?: string; at?: string; address?: string } = req.body ?? {};
    const next = isFault(req.body) ? faults.describe(req.body) : null;
    res.json({ released: faults.release(filter, next) });
  });
  control.get('/events', async (req, res) => {
    const { since, wait, ...rest } = req.query;
    const filter = { since: Number(since ?? 0), ...strings(rest, ['route', 'at', 'address']) };
    const found = await events.wait(filter, Math.min(Number(wait ?? 0), LONGEST_WAIT_MS));
    res.json({ events: found, last: events.last });
  });
}

function strings(query: Body, names: string[]): Record<string, string> {
  const given = names.map((name) => [name, query[name]] as const);
  return Object.fromEntries(given.filter((pair): pair is [string, string] => typeof pair[1] === 'string'));
}

function settingRoutes(control: Express, installation: Installation, publicApp: Express): void {
  const { settings, limiters, database, banCache } = installation;
  const shown = () => ({ ...settings, jwtSecret: undefined, jwtRefreshSecret: undefined });
  control.get('/settings', (_req, res) => void res.json(shown()));
  control.post('/settings', (req, res) => {
    const { resetLimits, clearBans, ...changes }: Body = req.body ?? {};
    const problems = changeSettings(settings, changes);
    if (problems.length > 0) {
      res.status(400).json({ error: problems.join('; ') });
      return;
    }
    publicApp.set('trust proxy', settings.trustProxy);
    if (!settings.databaseLost) database.found();
    if (resetLimits === true) limiters.reset();
    if (clearBans === true) {
      database.bans.clear();
      banCache.clear();
    }
    res.json(shown());
  });
  control.post('/bans', (req, res) => {
    const { address }: Body = req.body ?? {};
    database.bans.set(String(address), Date.now() + settings.banDurationMs);
    res.json({ bans: Object.fromEntries(database.bans) });
  });
}

function measureRoutes(control: Express, { passwords, routes }: Installation): void {
  control.get('/counters', (_req, res) => {
    res.json({ bcrypts: passwords.bcrypts, routes: Object.fromEntries(routes) });
  });
  let loop = performance.eventLoopUtilization();
  let cpu = process.cpuUsage();
  control.get('/event-loop', (_req, res) => {
    const { utilization, active, idle } = performance.eventLoopUtilization(loop);
    const { user, system } = process.cpuUsage(cpu);
    loop = performance.eventLoopUtilization();
    cpu = process.cpuUsage();
    res.json({ utilization, activeMs: active, idleMs: idle, cpuMs: (user + system) / 1000 });
  });
}
