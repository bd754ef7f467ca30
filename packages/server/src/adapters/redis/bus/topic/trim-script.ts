import { createScript } from '../../script.ts';

/**
 * Trims a topic and measures it, in one step, so that the figures fit each other.
 *
 * What every group acknowledged goes, but for the newest ARGV[4] frames (0 trims nothing); while
 * frames are being handled, up to ARGV[1] at most, a position known to have those behind it. With ARGV[5] > 0 what is
 * younger than so many ms stays, too, unless it is before ARGV[6]. With ARGV[2] > 0 a group
 * that is further behind than that many frames loses the oldest ones that no member is handling, at most ARGV[3] at a
 * call; each is counted for every group that had not yet seen it. Frames being handled are never dropped. Every group's start is moved behind what was dropped: the server's
 * own count of what is left to read is valid only while nothing is deleted beyond it.
 *
 * KEYS: frames, totals. Returns [entries added, last position, length, now ms,
 * [[group, pending, left to read, oldest unacknowledged or '', last delivered] ...], totals].
 */
export const trimTopic = createScript(`#!lua flags=allow-oom
local function map(flat)
  local out = {}
  for i = 1, #flat, 2 do out[flat[i]] = flat[i + 1] end
  return out
end
local function parts(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(seq)
end
local function before(a, b)
  local ams, aseq = parts(a)
  local bms, bseq = parts(b)
  return ams < bms or (ams == bms and aseq < bseq)
end
local function after(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  return ms .. '-' .. string.format('%.0f', tonumber(seq) + 1)
end

local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local totals = redis.call('HGETALL', KEYS[2])
if redis.call('EXISTS', KEYS[1]) == 0 then return { 0, '0-0', 0, now, {}, totals } end

local stream = map(redis.call('XINFO', 'STREAM', KEYS[1]))
local added, length = stream['entries-added'], stream['length']

local function measure()
  local groups = {}
  for _, flat in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
    local info = map(flat)
    local group = { name = info['name'], pending = info['pending'], last = info['last-delivered-id'] }
    -- The server's own lag is unknown to it once frames were deleted; what a group has read is not,
    -- because it is set anew with every deletion below.
    local read = info['entries-read']
    group.left = read and added - read or info['lag'] or length
    group.oldest = after(group.last)
    if group.pending > 0 then group.oldest = redis.call('XPENDING', KEYS[1], group.name)[2] end
    groups[#groups + 1] = group
  end
  return groups
end

local groups = measure()
local limit, most = tonumber(ARGV[2]), tonumber(ARGV[3])

local function drop(slowest, count)
  local entries = redis.call('XRANGE', KEYS[1], '(' .. slowest.last, '+', 'COUNT', count)
  if #entries == 0 then return end
  local last = entries[#entries][1]
  local lost = {}
  for _, entry in ipairs(entries) do
    local held = false
    for _, group in ipairs(groups) do
      if before(group.last, entry[1]) then
        lost[group.name] = (lost[group.name] or 0) + 1
      elseif #redis.call('XPENDING', KEYS[1], group.name, entry[1], entry[1], 1) > 0 then
        held = true
      end
    end
    if not held then redis.call('XDEL', KEYS[1], entry[1]) end
  end
  for _, group in ipairs(groups) do
    local gone = lost[group.name]
    if gone then
      redis.call('HINCRBY', KEYS[2], 'lost:' .. group.name, gone)
      redis.call('XGROUP', 'SETID', KEYS[1], group.name, last, 'ENTRIESREAD', added - group.left + gone)
    end
  end
end

if limit > 0 then
  local slowest
  for _, group in ipairs(groups) do
    if group.left > 0 and group.left + group.pending > limit then
      if not slowest or before(group.last, slowest.last) then slowest = group end
    end
  end
  if slowest then
    drop(slowest, math.min(most, slowest.left, slowest.left + slowest.pending - limit))
    groups = measure()
    totals = redis.call('HGETALL', KEYS[2])
  end
end

local history = tonumber(ARGV[4])
local low, keep, idle = ARGV[1], history, true
local resume = tonumber(ARGV[5])
if resume > 0 then
  local edge = string.format('%.0f-0', now - resume)
  if before(edge, low) then low = edge end
  if before(low, ARGV[6]) then low = ARGV[6] end
end
for _, group in ipairs(groups) do
  if before(group.oldest, low) then low = group.oldest end
  if group.pending > 0 then idle = false end
  keep = math.max(keep, group.left)
end
-- With nothing being handled, what is not yet read is the tail of the stream, so counting from its end is exact.
if history > 0 and idle and resume == 0 then
  redis.call('XTRIM', KEYS[1], 'MAXLEN', '=', keep)
elseif history > 0 and low ~= '0-0' then
  redis.call('XTRIM', KEYS[1], 'MINID', '=', low)
end

local found = {}
for i, group in ipairs(groups) do
  local oldest = ''
  if group.pending > 0 then
    oldest = group.oldest
  elseif group.left > 0 then
    local entry = redis.call('XRANGE', KEYS[1], '(' .. group.last, '+', 'COUNT', 1)[1]
    if entry then oldest = entry[1] end
  end
  found[i] = { group.name, group.pending, group.left, oldest, group.last }
end
return { added, stream['last-generated-id'], redis.call('XLEN', KEYS[1]), now, found, totals }
`);
