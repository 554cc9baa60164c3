import { createHash } from 'node:crypto';
import type { RedisScript } from './redis-commands.ts';

/*
 * Every write of a user's keys, in one script, because Redis runs a script without anything in between.
 *
 * The rule: a writer reads the epoch, calls LibreChat, and names the epoch when it writes. If it is no longer the current
 * one, somebody wrote or signed out in the meantime and the writer is refused. A new epoch is at least the time in ms, so
 * that it also differs from all those handed out before Redis was emptied; a missing epoch is 0, so a writer who read
 * another one before that is refused too.
 *
 *   publish      read epoch, new epoch, record, record TTL ms, epoch TTL s   → published | superseded | signed-out, epoch
 *   fail         read epoch, failure, failure TTL ms                         → recorded  | superseded | signed-out, epoch
 *   close        now ms, epoch TTL s, closing TTL s                          → closed, epoch, oldest waiting or ''
 *   oldest       –                                                           → oldest, record waiting or ''
 *   replace      record, record, closing TTL s                               → replaced | refused
 *   finishClose  record                                                      → finished | refused
 *
 * `closing` is a list: a record whose session could not be ended yet is not lost by the next sign-out. `replace` puts a
 * renewed session in the place of one that is being ended, whose refresh token is dead by that.
 */
const SOURCE = `
local session, epochKey, closing, failure = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local operation = ARGV[1]

if operation == 'oldest' then
  return { 'oldest', redis.call('LINDEX', closing, 0) or '' }
end

if operation == 'finishClose' then
  return { redis.call('LREM', closing, 1, ARGV[2]) == 1 and 'finished' or 'refused' }
end

if operation == 'replace' then
  if redis.call('LREM', closing, 1, ARGV[2]) == 0 then return { 'refused' } end
  redis.call('LPUSH', closing, ARGV[3])
  redis.call('EXPIRE', closing, ARGV[4])
  return { 'replaced' }
end

local current = tonumber(redis.call('GET', epochKey) or '0')
local function text(epoch) return string.format('%.0f', epoch) end

if operation == 'close' then
  local epoch = text(math.max(current + 1, tonumber(ARGV[2])))
  redis.call('SET', epochKey, epoch, 'EX', ARGV[3])
  local record = redis.call('GET', session)
  if record then
    redis.call('RPUSH', closing, record)
    redis.call('EXPIRE', closing, ARGV[4])
  end
  redis.call('DEL', session, failure)
  return { 'closed', epoch, redis.call('LINDEX', closing, 0) or '' }
end

if current ~= tonumber(ARGV[2]) then
  local superseded = redis.call('EXISTS', session) == 1
  return { superseded and 'superseded' or 'signed-out', text(current) }
end

if operation == 'publish' then
  redis.call('SET', epochKey, ARGV[3], 'EX', ARGV[6])
  redis.call('SET', session, ARGV[4], 'PX', ARGV[5])
  redis.call('DEL', failure)
  return { 'published', ARGV[3] }
end

if operation == 'fail' then
  redis.call('SET', failure, ARGV[3], 'PX', ARGV[4])
  return { 'recorded', text(current) }
end

return redis.error_reply('ERR unknown operation')
`;

/** The one script that writes. Its operations are described at the top of this file. */
export const RECORD_SCRIPT: RedisScript = {
  source: SOURCE,
  sha1: createHash('sha1').update(SOURCE).digest('hex'),
};
