import { createScript } from '../../script.ts';

/**
 * Makes a group, where it does not exist, at the oldest frame held: processes start in any order, and
 * what a feed published a moment earlier is the group's, too. KEYS: frames. ARGV: group.
 */
export const ensureGroup = createScript(`#!lua flags=allow-oom
local groups = redis.pcall('XINFO', 'GROUPS', KEYS[1])
local read = 0
if not groups.err then
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  local at = {}
  for i = 1, #info, 2 do at[info[i]] = info[i + 1] end
  read = (at['entries-added'] or 0) - at['length']
end
local made = redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM', 'ENTRIESREAD', read)
if type(made) == 'table' and made.err then
  if string.sub(made.err, 1, 9) == 'BUSYGROUP' then return 0 end
  return redis.error_reply(made.err)
end
return 1
`);

const BURY = `
local function bury(id, frame, deliveries, reason)
  redis.call('XADD', KEYS[2], 'MAXLEN', '=', LIMIT, '*',
    'f', frame, 'group', GROUP, 'position', id, 'deliveries', deliveries, 'reason', reason, 'at', NOW)
  redis.call('XACK', KEYS[1], GROUP, id)
  redis.call('HINCRBY', KEYS[3], 'dead:' .. GROUP, 1)
end
`;

/**
 * Puts a frame aside and acknowledges it, in one step.
 * KEYS: frames, dead, totals. ARGV: group, now, limit, position, frame, deliveries, reason.
 */
export const buryFrame = createScript(`#!lua flags=allow-oom
local GROUP, NOW, LIMIT = ARGV[1], ARGV[2], ARGV[3]
${BURY}
bury(ARGV[4], ARGV[5], ARGV[6], ARGV[7])
return 1
`);

/**
 * Takes over frames of consumers that have been silent for the visibility time. The count of deliveries
 * is the server's, so it survives every crash; a frame that was delivered too often becomes a dead letter.
 * KEYS: frames, dead, totals. ARGV: group, now, limit, consumer, visibility, cursor, count, deliveries, reason.
 * Returns [cursor, [[position, frame, deliveries, context or null] ...], number of dead letters].
 */
export const claimFrames = createScript(`#!lua flags=allow-oom
local GROUP, NOW, LIMIT = ARGV[1], ARGV[2], ARGV[3]
${BURY}
local claimed = redis.call('XAUTOCLAIM', KEYS[1], GROUP, ARGV[4], ARGV[5], ARGV[6], 'COUNT', ARGV[7])
local taken, buried = {}, 0
for _, entry in ipairs(claimed[2]) do
  local deliveries = redis.call('XPENDING', KEYS[1], GROUP, entry[1], entry[1], 1)[1][4]
  if deliveries > tonumber(ARGV[8]) then
    bury(entry[1], entry[2][2], deliveries - 1, ARGV[9])
    buried = buried + 1
  else
    taken[#taken + 1] = { entry[1], entry[2][2], deliveries, entry[2][4] or false }
  end
end
if #taken > 0 then redis.call('HINCRBY', KEYS[3], 'redeliveries:' .. GROUP, #taken) end
if claimed[3] and #claimed[3] > 0 then redis.call('HINCRBY', KEYS[3], 'lost:' .. GROUP, #claimed[3]) end
return { claimed[1], taken, buried }
`);

/** Forgets a consumer that owes nothing; one that does stays, so that its frames can be claimed. KEYS: frames. ARGV: group, consumer. */
export const forgetConsumer = createScript(`#!lua flags=allow-oom
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) > 0 then return 0 end
return redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
`);
