/**
 * Moves a session's buffer into a new epoch [R3]: everything still uncommitted is numbered anew on top of what
 * PostgreSQL has, so that Redis, whichever past of itself it came back from, promises what the flush will keep.
 * Batches beyond a hole in their source are held back and their source's watermark falls back, which makes the
 * recorder send the hole again [R6]. What is known of sources that PostgreSQL does not have is forgotten: it was
 * restored to an earlier state, and may give their numbers to others [R13].
 *
 * KEYS  1 meta · 2 stream · 3 held · 4 dirty · 5 holes · 6 active
 * ARGV  1 sessionId · 2 epoch · 3 Redis run id · 4 committed session seq · 5 nowMs · 6 sealedMs or '' ·
 *       7 graceUntilMs or '' · 8 keystroke sampling · then per source: number, committed source seq, identity
 * → the buffer's epoch afterwards: a higher one stays as it is, since somebody newer has been here
 */
export const EPOCH_SCRIPT = `
local meta, stream, held = KEYS[1], KEYS[2], KEYS[3]
local session, epoch, run, seq, now = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local current = redis.call('HGET', meta, 'epoch')
if current and tonumber(current) >= tonumber(epoch) then return tonumber(current) end

local received, identities, strangers = {}, {}, {}
for i = 9, #ARGV, 3 do
  local source, identity = ARGV[i], ARGV[i + 2]
  received[source] = tonumber(ARGV[i + 1])
  identities[source] = identity
  local owner = redis.call('HGET', meta, 'n' .. source)
  if owner and owner ~= identity then strangers[source] = true end
end
local gone = {}
for _, field in ipairs(redis.call('HKEYS', meta)) do
  local source = string.match(field, '^[rctfgn](%d+)$')
  if source and (not received[source] or strangers[source]) then gone[#gone + 1] = field end
  if string.sub(field, 1, 2) == 'i:' and identities[redis.call('HGET', meta, field)] ~= string.sub(field, 3) then
    gone[#gone + 1] = field
  end
end
for _, field in ipairs(gone) do redis.call('HDEL', meta, field) end

-- Old lives of the buffer are read to their end before anything is written under the new epoch, whose ids sort
-- after all of theirs.
local waiting = {}
for _, key in ipairs({ held, stream }) do
  for _, entry in ipairs(redis.call('XRANGE', key, '-', '+')) do
    local f = {}
    for i = 1, #entry[2], 2 do f[entry[2][i]] = entry[2][i + 1] end
    if not strangers[f.s] then waiting[#waiting + 1] = f end
  end
end
redis.call('DEL', stream, held)

-- With all that stands beside the lines: a later version may keep more there than this one knows [R18].
local function fields(f)
  local list = {}
  for name, value in pairs(f) do
    list[#list + 1] = name
    list[#list + 1] = value
  end
  return list
end

-- Again and again, as long as it lets anything in: what was held back may follow on what came after it.
local bytes, moved = 0, true
while moved do
  local rest = {}
  moved = false
  for _, f in ipairs(waiting) do
    local first, count, have = tonumber(f.q), tonumber(f.n), received[f.s]
    if not have or first > have + 1 then
      rest[#rest + 1] = f
    elseif first + count - 1 > have then
      local skip = have + 1 - first
      f.q, f.n, f.k = first + skip, count - skip, tonumber(f.k) + skip
      redis.call('XADD', stream, epoch .. '-' .. (seq + 1), unpack(fields(f)))
      seq = seq + count - skip
      received[f.s] = first + count - 1
      bytes = bytes + #f.p
      moved = true
    end
  end
  waiting = rest
end
for i, f in ipairs(waiting) do
  redis.call('XADD', held, '1-' .. i, unpack(fields(f)))
end

redis.call('HSET', meta, 'epoch', epoch, 'run', run, 'head', seq, 'committed', ARGV[4], 'bytes', bytes, 'sampling', ARGV[8])
if ARGV[6] ~= '' then redis.call('HSET', meta, 'sealedMs', ARGV[6], 'graceUntilMs', ARGV[7])
else redis.call('HDEL', meta, 'sealedMs', 'graceUntilMs') end
for i = 9, #ARGV, 3 do
  local source, identity = ARGV[i], ARGV[i + 2]
  -- The time of an event that is not received any more would pass for that of the one before the next, and raise it.
  if received[source] < tonumber(redis.call('HGET', meta, 'r' .. source) or '0') then
    redis.call('HDEL', meta, 't' .. source)
  end
  redis.call('HSET', meta, 'r' .. source, received[source], 'c' .. source, ARGV[i + 1], 'n' .. source, identity,
    'i:' .. identity, source)
end
if seq > tonumber(ARGV[4]) or ARGV[6] ~= '' then redis.call('ZADD', KEYS[4], 'LT', now, session) end
if #waiting > 0 then redis.call('ZADD', KEYS[5], 'NX', now, session) end
redis.call('ZADD', KEYS[6], 'NX', now, session)
return tonumber(epoch)
`

/**
 * Lets a source in: remembers its number and watermark if they are new, and gives its next connection a fence
 * that shuts out the ones before it.
 *
 * KEYS  1 meta
 * ARGV  1 epoch · 2 source · 3 identity · 4 committed source seq · 5 fence: 'raise', 'none', or the number that a
 *       connection was given before Redis forgot it · 6 nowMs
 * → { epoch, receivedSeq, committedSeq, fence, lastTimestampMs, sampling }, { -1 } where the epoch is another, or { -2 }
 *   where the number belongs to another source: PostgreSQL has given it twice [R13]
 */
export const ADMIT_SCRIPT = `
local meta, source = KEYS[1], ARGV[2]
if redis.call('HGET', meta, 'epoch') ~= ARGV[1] then return { -1 } end
redis.call('HSETNX', meta, 'n' .. source, ARGV[3])
if redis.call('HGET', meta, 'n' .. source) ~= ARGV[3] then return { -2 } end
redis.call('HSETNX', meta, 'r' .. source, ARGV[4])
redis.call('HSETNX', meta, 'c' .. source, ARGV[4])
redis.call('HSET', meta, 'i:' .. ARGV[3], source)
local fence, raised = 0, tonumber(redis.call('HGET', meta, 'f' .. source) or '0')
if ARGV[5] == 'raise' then
  -- Counted from the clock, so that it is above all from before a loss that took the counter along.
  fence = math.max(raised + 1, tonumber(ARGV[6]))
elseif ARGV[5] ~= 'none' then
  -- Of two connections that come back after a loss the newer has the higher number, whoever comes first.
  fence = tonumber(ARGV[5])
end
if fence > raised then redis.call('HSET', meta, 'f' .. source, fence) end
local m = redis.call('HMGET', meta, 'r' .. source, 'c' .. source, 't' .. source, 'sampling')
return { tonumber(ARGV[1]), tonumber(m[1]), tonumber(m[2]), fence, m[3] or '', m[4] or '' }
`

/**
 * Takes out of the buffer what PostgreSQL has committed, never more.
 *
 * KEYS  1 meta · 2 stream · 3 dirty
 * ARGV  1 sessionId · 2 epoch · 3 committed session seq · 4 id of the first batch to keep · 5 committed bytes ·
 *       6 nowMs · 7 dueAfterMs · 8 dueEvents · then per source: number, committed source seq
 * → events left, -1 where the epoch is another, or -2 where what Redis has promised and what PostgreSQL has do
 *   not fit together: Redis came back older than PostgreSQL, or without batches it had [R3]. Nothing is told then.
 */
export const TRIM_SCRIPT = `
local meta, stream = KEYS[1], KEYS[2]
if redis.call('HGET', meta, 'epoch') ~= ARGV[2] then return -1 end
local m = redis.call('HMGET', meta, 'head', 'committed', 'bytes')
local committed = math.max(tonumber(ARGV[3]), tonumber(m[2]))
local left = tonumber(m[1]) - committed
if left < 0 then return -2 end
redis.call('XTRIM', stream, 'MINID', ARGV[4])
local isEmpty = redis.call('XLEN', stream) == 0
if isEmpty and left > 0 then return -2 end
redis.call('HSET', meta, 'committed', committed, 'bytes', math.max(0, tonumber(m[3] or '0') - tonumber(ARGV[5])))
for i = 9, #ARGV, 2 do
  local field = 'c' .. ARGV[i]
  if tonumber(redis.call('HGET', meta, field) or '0') < tonumber(ARGV[i + 1]) then
    redis.call('HSET', meta, field, ARGV[i + 1])
  end
end
if isEmpty then
  redis.call('ZREM', KEYS[3], ARGV[1])
  redis.call('HSET', meta, 'bytes', 0)
else
  local due = tonumber(ARGV[6])
  if left < tonumber(ARGV[8]) then due = due + tonumber(ARGV[7]) end
  redis.call('ZADD', KEYS[3], due, ARGV[1])
end
return left
`

/**
 * Shuts a session to new events, but for the grace that late ones have [R12], and makes its last flush due.
 *
 * KEYS  1 meta · 2 dirty
 * ARGV  1 sessionId · 2 sealedMs · 3 graceUntilMs · 4 nowMs
 * → 1, or 0 where the buffer does not know the session
 */
export const SEAL_SCRIPT = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'sealedMs', ARGV[2], 'graceUntilMs', ARGV[3])
redis.call('ZADD', KEYS[2], 'LT', ARGV[4], ARGV[1])
return 1
`

/**
 * Moves a source's received watermark over a hole, unless it has moved meanwhile [R6].
 *
 * KEYS  1 meta
 * ARGV  1 source · 2 the received seq it must still have · 3 the received seq it gets
 * → 1 where it was moved
 */
export const SKIP_SCRIPT = `
local field = 'r' .. ARGV[1]
if redis.call('HGET', KEYS[1], field) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], field, ARGV[3])
return 1
`

/**
 * Takes a session out of Redis unless it holds anything that is not committed, or has moved on meanwhile.
 *
 * KEYS  1 meta · 2 stream · 3 held · 4 dirty · 5 active · 6 holes
 * ARGV  1 sessionId · 2 the epoch it was found in, '' where the buffer does not know it
 * → 1 where it is gone
 */
export const FORGET_SCRIPT = `
local m = redis.call('HMGET', KEYS[1], 'epoch', 'head', 'committed')
if (m[1] or '') ~= ARGV[2] or (m[2] or '') ~= (m[3] or '') then return 0 end
if redis.call('XLEN', KEYS[2]) > 0 or redis.call('XLEN', KEYS[3]) > 0 then return 0 end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
for i = 4, 6 do redis.call('ZREM', KEYS[i], ARGV[1]) end
return 1
`

/**
 * All that the buffer has of a session, at one moment.
 *
 * KEYS  1 meta · 2 stream · 3 held
 * ARGV  1 how many of the oldest batches
 */
export const READ_SCRIPT = `
return {
  redis.call('HGETALL', KEYS[1]), redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', ARGV[1]), redis.call('XLEN', KEYS[3])
}
`

/**
 * How many of a session's oldest batches fit into so many bytes; one at least.
 *
 * KEYS  1 stream
 * ARGV  1 bytes
 */
export const FIT_SCRIPT = `
local left, count, from = tonumber(ARGV[1]), 0, '-'
while true do
  local page = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', 64)
  for _, entry in ipairs(page) do
    for i = 1, #entry[2], 2 do if entry[2][i] == 'p' then left = left - #entry[2][i + 1] end end
    if left < 0 and count > 0 then return count end
    count = count + 1
    from = '(' .. entry[1]
  end
  if #page < 64 then return math.max(1, count) end
end
`
