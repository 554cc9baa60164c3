import { createHash } from 'node:crypto';
import type { RedisScript } from '../../client/session-record/index.ts';

/*
 * The rule of `activities/pacing/memory-budget.ts` and `route-window.ts`, for all workers at once: Redis runs a script
 * without anything in between, and by its own clock. One key holds everything as JSON:
 *
 *   windows   route → limit (-1: none), windowMs, limitLearned, windowLearned, used, endsAt, lost, lostAt, windowEnd,
 *             saidAt
 *   leases    id → takenAt, calls: route → calls that were taken and not made yet
 *   promised  young, old, turnsAt, turnMs: half a window after the first of them the young ones are old, and the old ones lapse
 *
 *   take      plan, kind, lease          → {wait}, 0 when the calls were taken
 *   learn     route, answer, lease       → {}
 *   giveBack  lease                      → {}
 *   promise   plan, want                 → {granted, wait}
 *   limits                               → windows
 */
const SOURCE = `
local operation, given, rules, input = ARGV[1], ARGV[2], cjson.decode(ARGV[3]), cjson.decode(ARGV[4])
local now = tonumber(given)
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local stored = redis.call('GET', KEYS[1])
local state = stored and cjson.decode(stored) or { windows = rules.windows, leases = {}, promised = { young = 0, old = 0, turnsAt = 0, turnMs = 0 } }

local function noteLost(window, calls)
  window.lost, window.lostAt = window.lost + calls, now
end

for _, window in pairs(state.windows) do
  if window.endsAt <= now then window.used, window.endsAt = 0, 0 end
  if window.lostAt + window.windowMs <= now then window.lost = 0 end
end
for id, lease in pairs(state.leases) do
  if lease.takenAt + rules.leaseMs <= now then
    state.leases[id] = nil
    for route, calls in pairs(lease.calls) do
      if calls > 0 then noteLost(state.windows[route], calls) end
    end
  end
end
local promised = state.promised
if promised.turnsAt <= now then
  local late = promised.turnsAt + promised.turnMs <= now
  promised.old = late and 0 or promised.young
  promised.young, promised.turnsAt = 0, (late and now or promised.turnsAt) + promised.turnMs
end

local function reserveOf(limit)
  return limit <= 1 and 0 or math.max(1, math.ceil(limit * rules.interactiveShare))
end

local function heldOf(route)
  local held = 0
  for _, lease in pairs(state.leases) do held = held + (lease.calls[route] or 0) end
  return held
end

local function roomsFor(plan, kind)
  local rooms = {}
  for route, calls in pairs(plan) do
    local window = state.windows[route]
    if window.limit ~= -1 then
      local share = window.limit - (kind == 'bulk' and reserveOf(window.limit) or 0)
      local held = heldOf(route)
      local ends = math.huge
      if window.used > 0 then ends = window.endsAt end
      if window.lost > 0 then ends = math.min(ends, window.lostAt + window.windowMs) end
      if ends == math.huge then ends = now end
      table.insert(rooms, {
        needed = math.min(calls, math.max(1, share)),
        free = share - window.used - window.lost - held,
        held = held,
        windowMs = window.windowMs,
        endsInMs = math.max(rules.soonMs, ends - now),
      })
    end
  end
  return rooms
end

local function waitFor(wait, room)
  local ms = room.needed > room.free + room.held and room.endsInMs or rules.soonMs
  return math.max(wait, math.ceil(ms / 1000))
end

local function take()
  local wait = 0
  for _, room in ipairs(roomsFor(input.plan, input.kind)) do
    if room.needed > room.free then wait = waitFor(wait, room) end
  end
  if wait == 0 then
    state.leases[input.lease] = { takenAt = now, calls = input.plan }
    if input.kind == 'bulk' then
      local age = promised.old > 0 and 'old' or 'young'
      promised[age] = math.max(0, promised[age] - 1)
    end
  end
  return { wait = wait }
end

local function promise()
  local rooms = roomsFor(input.plan, 'bulk')
  local granted, shortest, count = input.want, math.huge, promised.young + promised.old
  for _, room in ipairs(rooms) do
    granted = math.min(granted, math.floor(room.free / room.needed) - count)
    shortest = math.min(shortest, room.windowMs)
  end
  if granted <= 0 then
    local wait = math.ceil(rules.soonMs / 1000)
    for _, room in ipairs(rooms) do
      if math.floor(room.free / room.needed) <= count then wait = waitFor(wait, room) end
    end
    return { granted = 0, wait = wait }
  end
  if #rooms > 0 then
    if count == 0 then promised.turnMs, promised.turnsAt = shortest / 2, now + shortest / 2 end
    promised.young = promised.young + granted
  end
  return { granted = granted, wait = 0 }
end

local function windowLength(window, answer)
  local longer = answer.resetInMs - rules.roundingMs > window.windowMs
  if answer.remaining == answer.limit - 1 then
    if window.windowLearned and not longer then return math.min(window.windowMs, answer.resetInMs), true end
    return answer.resetInMs, true
  end
  if longer then return answer.resetInMs, false end
  return window.windowMs, window.windowLearned
end

local function counted(window, answer, takenAt)
  local behind = window.saidAt - answer.saidAt
  if behind > 0 and behind <= rules.longestCallSeconds then return end
  if behind == 0 and answer.windowEnd < window.windowEnd then return end
  window.windowMs, window.windowLearned = windowLength(window, answer)
  local endsAt = now + answer.resetInMs
  if window.windowLearned then endsAt = math.min(endsAt, now + window.windowMs) end
  local used = answer.limit - answer.remaining
  if answer.windowEnd == window.windowEnd and window.endsAt ~= 0 then
    used, endsAt = math.max(used, window.used), math.min(endsAt, window.endsAt)
  end
  window.limit, window.limitLearned = answer.limit, true
  window.used, window.endsAt = used, endsAt
  if takenAt > window.lostAt then window.lost = 0 end
  window.windowEnd, window.saidAt = answer.windowEnd, answer.saidAt
end

-- Forgets a plan whose calls were all made. Returns when the call was taken, at the earliest.
local function made(route, id)
  local lease = state.leases[id]
  if not lease then return 0 end
  lease.calls[route] = math.max(0, (lease.calls[route] or 0) - 1)
  local left = 0
  for _, calls in pairs(lease.calls) do left = left + calls end
  if left == 0 then state.leases[id] = nil end
  return lease.takenAt
end

local function learn()
  local window, answer = state.windows[input.route], input.answer
  local takenAt = made(input.route, input.lease)
  if answer.kind == 'limits' then counted(window, answer, takenAt) end
  if answer.kind == 'unknown' then noteLost(window, 1) end
  if answer.kind == 'unlimited' then window.limit, window.limitLearned = -1, true end
  if answer.kind == 'refused' then
    if window.limit == -1 then window.limit = rules.cautiousLimit end
    window.used, window.endsAt = window.limit, now + answer.retryInMs
  end
  return {}
end

local reply
if operation == 'take' then reply = take()
elseif operation == 'promise' then reply = promise()
elseif operation == 'learn' then reply = learn()
elseif operation == 'giveBack' then
  state.leases[input.lease] = nil
  reply = {}
elseif operation == 'limits' then
  return cjson.encode(state.windows)
else
  return redis.error_reply('ERR unknown operation')
end
redis.call('SET', KEYS[1], cjson.encode(state), 'PX', rules.keepMs)
return cjson.encode(reply)
`;

/** The one script that reads and writes the budget. Its operations are described at the top of this file. */
export const BUDGET_SCRIPT: RedisScript = {
  source: SOURCE,
  sha1: createHash('sha1').update(SOURCE).digest('hex'),
};
