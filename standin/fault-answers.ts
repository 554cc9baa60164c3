import type { Response } from 'express';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Call } from './call.ts';
import type { Fault } from './faults.ts';
import { PAGE } from './page.ts';

const HUGE_BYTES = 10 * 1024 * 1024;
const ENDLESS_EVERY_MS = 100;

type Outcome = 'goes-on' | 'ended';

/** Lets a fault act on a call that is at its point. */
export async function suffer(fault: Fault, call: Call): Promise<Outcome> {
  const { installation, route, address } = call;
  if (fault.action === 'hold') {
    const next = await installation.faults.hold({ route, at: fault.at, address });
    return next ? suffer(next, call) : 'goes-on';
  }
  if (fault.action === 'delay') {
    await sleep(fault.ms);
    return 'goes-on';
  }
  if (fault.action === 'kill') installation.kill();
  else misanswer(fault, call.res);
  return 'ended';
}

function misanswer(fault: Fault, res: Response): void {
  res.removeHeader('Set-Cookie');
  const answers: Record<string, () => void> = {
    drop: () => res.socket?.destroy(),
    status: () => res.status(fault.status).type('text/plain').send(fault.text),
    html: () => res.status(200).send(PAGE),
    empty: () => res.status(200).end(),
    'wrong-shape': () => res.status(200).json({}),
    huge: () => res.status(200).json({ message: 'x'.repeat(HUGE_BYTES) }),
    endless: () => endless(res),
    truncate: () => truncate(res),
  };
  answers[fault.action]?.();
}

function endless(res: Response): void {
  res.status(200).type('application/json').flushHeaders();
  const timer = setInterval(() => res.write(' '), ENDLESS_EVERY_MS);
  res.once('close', () => clearInterval(timer));
}

function truncate(res: Response): void {
  res.status(200).type('application/json').set('Content-Length', '1000');
  res.write('{"message":"Please check', () => res.socket?.destroySoon());
}
