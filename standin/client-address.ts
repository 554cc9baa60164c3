import type { Request } from 'express';

/** `req.ip` without a port (LibreChat `packages/api/src/utils/ports.ts`); IPv6 stays whole, not folded to its /64. */
export function clientAddress(req: Request): string {
  const ip = req.ip ?? '';
  const bracketed = /^\[(.+)\](?::\d+)?$/.exec(ip)?.[1];
  return bracketed ?? (/^[^:]+:\d+$/.test(ip) ? ip.slice(0, ip.lastIndexOf(':')) : ip);
}
