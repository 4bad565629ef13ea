/** Far more than a recorder waits between two tries over a hole: after it, it has been away and begins anew. */
const HOLE_PAUSE_MS = 90_000

/**
 * Appends the batches that wait for one Redis, in one call. Idempotent: what a source's watermark covers is
 * dropped, so clients and drivers may resend. Each batch is judged alone; one refusal never stops another [I7].
 *
 * KEYS  per batch: dirty, active, holes, meta, stream
 * ARGV  1 nowMs · 2 Redis run id · 3 dueAfterMs · 4 dueEvents · then per batch:
 *       sessionId, epoch, source, fence (0 = a writer that needs none, -1 = one that no seal shuts out), firstSeq, count, firstTimestampMs,
 *       lastTimestampMs, lines
 * → per batch one of
 *       { 'ok', receivedSeq, committedSeq, firstSessionSeq, skipped, watchedUntilMs, backlogEvents, late }
 *       { 'unknown' } · { 'epoch', epoch } · { 'superseded' } · { 'gap', expectedSeq } · { 'closed' }
 *       { 'failed', error } where a command was refused, such as one for a key that something else has written: the session's
 *       own trouble alone, since Redis keeps what a script wrote before it failed
 *
 * Meta fields: epoch, run, head, committed, bytes, sampling, lastEventMs, sealedMs, graceUntilMs, watchedUntilMs and per
 * source n:
 * n<n> identity (and i:<identity> n) · r<n> received seq · c<n> committed seq · t<n> last timestamp · f<n> fence ·
 * g<n> "lowestSeq:sinceMs:lastMs" of what was refused behind a hole.
 */
export const APPEND_SCRIPT = `
local now, run, dueAfter, dueEvents = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])

local function append(arg, key)
  local session, epoch, source = ARGV[arg], ARGV[arg + 1], ARGV[arg + 2]
  local fence, first, count = tonumber(ARGV[arg + 3]), tonumber(ARGV[arg + 4]), tonumber(ARGV[arg + 5])
  local firstTimestamp, lastTimestamp, lines = tonumber(ARGV[arg + 6]), ARGV[arg + 7], ARGV[arg + 8]
  local dirty, active, holes, meta, stream = KEYS[key], KEYS[key + 1], KEYS[key + 2], KEYS[key + 3], KEYS[key + 4]
  local m = redis.call('HMGET', meta, 'epoch', 'run', 'head', 'committed', 'sealedMs', 'graceUntilMs',
    'watchedUntilMs', 'r' .. source, 'c' .. source, 'f' .. source, 'bytes', 'g' .. source)
  local received = tonumber(m[8])
  if not m[1] or not received then
    return { 'unknown' }
  elseif m[1] ~= epoch or m[2] ~= run then
    return { 'epoch', tonumber(m[1]) }
  elseif fence > 0 and tonumber(m[10] or '0') ~= fence then
    return { 'superseded' }
  elseif first > received + 1 then
    -- The lowest seq that was offered: what could still be sent must not be recorded as lost.
    local found, since, till = string.match(m[12] or '', '^(%d+):(%d+):(%d+)$')
    if not found or now - tonumber(till) > ${HOLE_PAUSE_MS} then found, since = first, now end
    redis.call('HSET', meta, 'g' .. source,
      string.format('%.0f:%.0f:%.0f', math.min(first, tonumber(found)), tonumber(since), now))
    redis.call('ZADD', holes, 'NX', now, session)
    return { 'gap', received + 1 }
  end
  local head, committed = tonumber(m[3]), tonumber(m[4])
  local last, skip = first + count - 1, received + 1 - first
  local late = 0
  if last <= received then
    return { 'ok', received, tonumber(m[9] or '0'), 0, count, 0, head - committed, 0 }
  elseif m[5] and fence >= 0 and (now > tonumber(m[6]) or firstTimestamp > tonumber(m[5])) then
    return { 'closed' }
  end
  if m[5] and fence >= 0 then late = 1 end
  local seq = head + 1
  redis.call('XADD', stream, epoch .. '-' .. seq, 'v', 1, 's', source, 'q', first + skip, 'n', count - skip,
    'k', skip, 'r', now, 'l', late, 'p', lines)
  head = head + count - skip
  redis.call('HSET', meta, 'head', head, 'r' .. source, last, 't' .. source, lastTimestamp, 'lastEventMs', now,
    'bytes', tonumber(m[11] or '0') + #lines)
  if m[12] then redis.call('HDEL', meta, 'g' .. source) end
  local backlog = head - committed
  if backlog >= dueEvents or late == 1 then
    redis.call('ZADD', dirty, 'LT', now, session)
  else
    redis.call('ZADD', dirty, 'NX', now + dueAfter, session)
  end
  redis.call('ZADD', active, now, session)
  return { 'ok', last, tonumber(m[9] or '0'), seq, skip, tonumber(m[7] or '0'), backlog, late }
end

local answers = {}
local arg, key = 5, 1
while arg <= #ARGV do
  local isDone, answer = pcall(append, arg, key)
  if not isDone then
    -- A text or, in other versions, a table with one.
    answer = { 'failed', type(answer) == 'table' and answer.err or tostring(answer) }
  end
  answers[#answers + 1] = answer
  arg, key = arg + 9, key + 5
end
return answers
`
