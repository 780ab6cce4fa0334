import { createHash } from 'node:crypto'
import { prelude, type ScriptBounds } from './prelude.ts'

/** A script, and the name under which Redis keeps it once it has seen it. */
export interface Script {
  readonly text: string
  readonly sha: string
}

export type StepName = 'sync' | 'fill' | 'replace' | 'raise' | 'lease' | 'release' | 'increment' | 'expire' | 'sweep'

/** One script for each step of a ledger; `ledger-core.ts` says what each has to do. */
export function stepScripts(bounds: ScriptBounds): Readonly<Record<StepName, Script>> {
  const begin = prelude(bounds)
  const scripts = Object.entries(STEPS).map(([name, step]) => {
    const text = begin + step
    return [name, { text, sha: createHash('sha1').update(text).digest('hex') }]
  })
  return Object.fromEntries(scripts) as Record<StepName, Script>
}

const STEPS: Readonly<Record<StepName, string>> = {
  // ARGV 9 to 11: reign, era and link of the point asked about, or nothing.
  sync: `
local since = ARGV[10] ~= '' and tonumber(ARGV[10]) or nil
open(ARGV[9], since or 0)
local result = answer(link)
if since and ARGV[9] == reign then
  if since == era and ARGV[11] == link then
    result[6] = 'since'
    return result
  end
  if since < era and since >= era - BOUNDS.steps then
    local rows = read('XRANGE', LOG, whole(since + 1) .. '-1', '+')
    if rows and #rows == era - since and rows[1][2][4] == ARGV[11] then
      result[6] = 'since'
      for _, row in ipairs(rows) do
        local fields = row[2]
        result[#result + 1] = { string.match(row[1], '^%d+'), fields[2], fields[4], fields[6], fields[8] }
      end
      return result
    end
  end
end
result[6], result[7], result[8] = 'whole', whole(all), whole(wideHorizon)
result[9], result[10] = prefixFloors(), call('ZRANGE', TAGF, 0, -2, 'WITHSCORES')
return result
`,
  // ARGV 9: how many frames; then the frames.
  fill: `
local count = tonumber(ARGV[9])
local frames, highest = framesFrom(10, count)
open(ARGV[8], highest)
local result, kept = answer(link), {}
local keepings = {}
for n, framed in ipairs(frames) do
  local there = not isBarred(framed) and (standing(framed.name, framed.key) or {})
  if not there or (there.born and there.born > framed.born) or outranks(there, framed) then keepings[n] = 's'
  elseif not (framed.ttl > 0) then keepings[n] = 'r'
  else
    put(framed.name, framed.frame, bornAt(framed.link), framed.born, now, now + framed.ttl)
    kept[#kept + 1] = { framed.lease, framed.key }
    keepings[n] = 'k'
  end
end
settle(kept)
result[6] = table.concat(keepings)
return result
`,
  // As fill.
  replace: `
local count = tonumber(ARGV[9])
local frames, highest = framesFrom(10, count)
open(ARGV[8], highest)
local prev, verdicts, floors, scopes, kept, keepings = link, {}, {}, {}, {}, {}
for n, framed in ipairs(frames) do
  if framed.version and outranks(standing(framed.name, framed.key), framed) then verdicts[n] = 'outranked'
  else
    if framed.born < INF and isBarred(framed) then verdicts[n] = 'overtaken'
    else verdicts[n] = framed.ttl > 0 and 'kept' or 'refused' end
    floors[#floors + 1] = framed.floor
    scopes[#scopes + 1] = 'k' .. framed.key
  end
end
if #floors > 0 then prev = advance(cjson.encode(scopes), floors, {}) end
for n, framed in ipairs(frames) do
  local verdict = verdicts[n]
  if verdict == 'kept' then
    put(framed.name, framed.frame, bornAt(link), era, now, now + framed.ttl)
    kept[#kept + 1] = { framed.lease, framed.key }
  elseif verdict ~= 'outranked' then call('UNLINK', framed.name) end
  keepings[n] = verdict == 'kept' and 'k' or verdict == 'refused' and 'r' or 's'
end
settle(kept)
local result = answer(prev)
result[6] = table.concat(keepings)
return result
`,
  // ARGV 9: the scopes as the log and the feed are told them; 10: how many keys; their floors; then
  // kinds and names of wider scopes. The first write needs no memory: a raise works where there is none.
  raise: `
redis.pcall('HDEL', STATE, '-')
open()
local count = tonumber(ARGV[10])
local floors, wide = {}, {}
for n = 1, count do
  call('UNLINK', KEYS[5 + n])
  floors[n] = ARGV[10 + n] ~= '' and ARGV[10 + n] or keyIn(KEYS[5 + n])
end
for n = 11 + count, #ARGV do wide[#wide + 1] = ARGV[n] end
return answer(advance(ARGV[9], floors, wide))
`,
  // ARGV 9: the holder; 10: milliseconds; 11: how many keys.
  lease: `
open()
local count = tonumber(ARGV[11])
local result = answer(link)
for n = 1, count do
  local name, lease = KEYS[5 + n], KEYS[5 + count + n]
  local row = read('GET', lease)
  local left = row and call('PTTL', lease) or 0
  if isFresh(standing(name, keyIn(name))) then result[5 + n] = 'f'
  elseif left > 0 and sub(row, 1, #ARGV[9]) ~= ARGV[9] then
    if sub(row, -1) ~= '!' then call('APPEND', lease, '!') end
    result[5 + n] = whole(left)
  else
    call('SET', lease, ARGV[9] .. (left > 0 and sub(row, -1) == '!' and '!' or ''), 'PX', ARGV[10])
    result[5 + n] = 'g'
  end
end
return result
`,
  // ARGV 9: the holder, or nothing for any.
  release: `
local leases = {}
for n = 6, #KEYS do leases[#leases + 1] = { KEYS[n], keyIn(KEYS[n]) } end
settle(leases, ARGV[9] ~= '' and ARGV[9] or nil)
return {}
`,
  // ARGV 9: how much; 10: the new ttl, or nothing; 11: 1; then the frame.
  increment: `
open()
local framed = framesFrom(12, 1)[1]
-- Some clients send again what was under way when a connection broke. Counting twice is the only harm in that.
for _, row in ipairs(read('XREVRANGE', LOG, '+', '-', 'COUNT', 32) or {}) do
  if row[2][2] == ARGV[7] then
    return { reign, string.match(row[1], '^%d+'), ARGV[7], row[2][4], stamp, read('GET', framed.name) }
  end
end
local there = standing(framed.name, framed.key)
local result, frame, dead = answer(link), framed.frame, now + framed.ttl
if isFresh(there) and there.found then
  if there.codec ~= 1 then return result end
  local standingFrame = call('GET', framed.name)
  local sum = struct.unpack('<d', sub(standingFrame, -8)) + num(ARGV[9])
  if sum - sum ~= 0 then return result end
  frame = sub(standingFrame, 1, -9) .. struct.pack('<d', sum)
  dead = there.dead
  if ARGV[10] ~= '' then frame, dead = prolonged(frame, there, num(ARGV[10])) end
end
result = answer(advance(cjson.encode({ 'k' .. framed.key }), { framed.floor }, {}))
local new = put(framed.name, frame, bornAt(link), era, now, dead)
if type(new) ~= 'string' then
  new = sub(frame, 1, 8) .. bornAt(link) .. struct.pack('<ddd', era, now, dead) .. sub(frame, 41)
end
settle({ { framed.lease, framed.key } })
result[6] = new
return result
`,
  // ARGV 9: the floor; 10: the new ttl.
  expire: `
open()
local name = KEYS[6]
local key = keyIn(name)
local there = standing(name, key)
local result = answer(link)
if not (isFresh(there) and there.found) then
  result[6] = '0'
  return result
end
local frame = call('GET', name)
local ttl = num(ARGV[10])
local scope = (ttl > 0 and 'm' or 'k') .. key
result = answer(advance(cjson.encode({ scope }), { ARGV[9] ~= '' and ARGV[9] or key }, {}))
local moved, dead = prolonged(frame, there, ttl)
put(name, moved, sub(frame, 9, 16), there.born, there.stamped, dead)
result[6] = '1'
return result
`,
  // Nothing may be served of what does not stand: nobody can tell that it is gone.
  sweep: `
local isThere = load()
for n = 6, #KEYS do
  if not isThere or not isOfUse(standing(KEYS[n], keyIn(KEYS[n]))) then call('UNLINK', KEYS[n]) end
end
return {}
`,
}
