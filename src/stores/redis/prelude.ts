import { SHORTEST_GRACE } from '../../entry/upkeep.ts'
import { WIDE_FLOORS } from './prelude-floors.ts'

/** How much of its history a shard remembers, at most: what `LedgerCore` calls its bounds. */
export interface ScriptBounds {
  readonly keys: number
  readonly prefixes: number
  readonly tags: number
  readonly steps: number
  readonly names: number
}

/** What no era reaches: a process adds as much for each reign that it has seen (`coherence/shard-mirror.ts`). */
const ERAS = 2 ** 40

/**
 * What all scripts begin with: the step's clock, its end, and the words that `LedgerCore` uses.
 *
 * KEYS 1 to 5 are state, key floors, tag floors, prefix floors and log; ARGV 1 to 8 the shard, the
 * channel, a name for a new reign, the length of what comes before a key in a name, and the terms:
 * not after, origin, link, reign. All keys lie in one slot, so that a script runs in a cluster too.
 *
 * | name | type | what |
 * |---|---|---|
 * | state | hash | r(eign), e(ra), l(ink), a(ll), k(ey horizon), w(ide horizon) |
 * | floors | sorted sets | names by era, and a mark that names the reign, so that a set that was lost is missed |
 * | log | stream | `<era>-1`: l(ink), p(rev), o(rigin), c: the scopes as JSON, x for keys with too long names |
 * | lease | string | the holder, and `!` if somebody waits |
 *
 * A script is one step: either nothing that it writes is written or all of it. Redis keeps that promise
 * only for scripts that do not fail half-way, so whatever may fail (no memory, a replica, foreign types)
 * fails or is got over at the first write.
 */
export function prelude(bounds: ScriptBounds): string {
  return `
-- Before Redis 7 a script that asks for the time may write only if its effects are replicated, not itself.
if redis.replicate_commands then pcall(redis.replicate_commands) end
local call, sub, format = redis.call, string.sub, string.format
local STATE, KEYF, TAGF, PREF, LOG = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local MARK, NOLINK, INF = '\\016!', '000000000000', math.huge
local BOUNDS = { keys = ${bounds.keys}, prefixes = ${bounds.prefixes}, tags = ${bounds.tags}, steps = ${bounds.steps}, names = ${bounds.names} }
local clock = call('TIME')
-- The very number that the answer tells.
local stamp = format('%.3f', clock[1] * 1000 + clock[2] / 1000)
local now = tonumber(stamp)
if ARGV[5] ~= '' and not (now <= tonumber(ARGV[5])) then
  return redis.error_reply('TERRACELATE the call reached the store after its end: it has had no effect')
end
local reign, era, link, all, keyHorizon, wideHorizon, reignBytes, prefixes

local function whole(number) return format('%.0f', number) end
local function num(text)
  if text == '' or text == 'Infinity' then return INF end
  if text == '-Infinity' then return -INF end
  return tonumber(text)
end

-- What lies under a name may be of any type: then it is not there.
local function read(...)
  local answer = redis.pcall(...)
  if type(answer) == 'table' and answer.err then return false end
  return answer
end

-- The bytes that so many hexadecimal digits name, eight at most; nothing for anything else.
local function bytesOf(hex, digits)
  if #hex < digits or string.find(hex, '%X') then return nil end
  return struct.pack('>I4', tonumber(sub(hex, 1, digits), 16) * 16 ^ (8 - digits))
end

-- Five bytes of the reign and three of the link: \`birthplace\`.
local function bornAt(step) return reignBytes .. sub(bytesOf(step, 6) or '\\0\\0\\0', 1, 3) end
local function beginOfReign()
  local first = #reign == 16 and bytesOf(reign, 8)
  return first and first .. sub(bytesOf(sub(reign, 9), 8), 1, 1)
end

-- An era, if the text is one: anything else would stay for ever, for one more than infinity is as much.
local function eraIn(text)
  local number = tonumber(text)
  if number and number >= 0 and number < ${ERAS} and number == math.floor(number) then return number end
end

local function load()
  local row = read('HMGET', STATE, 'r', 'e', 'l', 'a', 'k', 'w')
  if not row or not row[1] or not row[3] then return false end
  local mark = MARK .. row[1]
  for _, floors in ipairs({ KEYF, TAGF, PREF }) do
    if not read('ZSCORE', floors, mark) then return false end
  end
  reign, era, link = row[1], eraIn(row[2]), row[3]
  all, keyHorizon, wideHorizon = eraIn(row[4]), eraIn(row[5]), eraIn(row[6])
  reignBytes = beginOfReign()
  return era and all and keyHorizon and wideHorizon and reignBytes and math.max(all, keyHorizon, wideHorizon) <= era
end

local function save()
  call('HSET', STATE, 'r', reign, 'e', whole(era), 'l', link, 'a', whole(all), 'k', whole(keyHorizon), 'w', whole(wideHorizon))
end

-- The first write is one that needs no memory: after it Redis refuses none of the others.
local function begin()
  call('UNLINK', STATE, KEYF, TAGF, PREF, LOG)
  reign, era, link, all, keyHorizon, wideHorizon = ARGV[3], 0, NOLINK, 0, 0, 0
  reignBytes = beginOfReign()
  save()
  for _, floors in ipairs({ KEYF, TAGF, PREF }) do call('ZADD', floors, '+inf', MARK .. reign) end
end

local function open(claimed, highest)
  if not load() or (claimed == reign and highest > era) then begin() end
end

local function answer(prev)
  return { reign, whole(era), link, prev, stamp }
end

${WIDE_FLOORS}
local function tagsIn(name, count, body, finish)
  local tags = {}
  if count == 0 then return tags end
  local names, at = call('GETRANGE', name, body, finish - 1), 1
  if math.floor(struct.unpack('B', call('GETRANGE', name, 3, 3)) / 4) % 2 == 1 and #names >= 4 then
    at = 5 + struct.unpack('<I', names)
  end
  for n = 1, count do
    if at + 1 > #names then return tags end
    local length = struct.unpack('<H', names, at)
    tags[n] = sub(names, at + 2, at + 1 + length)
    at = at + 2 + length
  end
  return tags
end

-- The frame under a name if it stands, as far as can be told without its checksum.
local function standing(name, key)
  local head = read('GETRANGE', name, 0, 79)
  if not head or #head < 56 or sub(head, 1, 3) ~= '\\202\\126\\001' or sub(head, 9, 13) ~= reignBytes then return nil end
  local flags, codec, zero, count = struct.unpack('<BBBH', head, 4)
  local born, stamped, dead, version, start = struct.unpack('<ddddI', head, 17)
  local length = call('STRLEN', name)
  local found, counted = flags % 2 == 0, math.floor(flags / 8) % 2 == 0
  local upkept = math.floor(flags / 16) % 2 == 1
  local body = upkept and 80 or 56
  if flags > 63 or (flags > 31 and not upkept) or zero ~= 0 or count > 100 then return nil end
  if start < body or start > length then return nil end
  if not (born >= 0 and born <= era and dead > now) or stamped - stamped ~= 0 then return nil end
  if math.floor(flags / 2) % 2 == 0 then version = nil elseif version ~= version then return nil end
  if not found and start ~= length then return nil end
  if counted ~= (codec == 1 and found) or (counted and length - start ~= 8) then return nil end
  local fresh, since, due = dead, 0, dead
  if upkept then
    fresh, since, due = struct.unpack('<ddd', head, 57)
    if not (fresh > -INF and since > -INF and due > -INF) then return nil end
    fresh = math.min(fresh, dead)
  end
  local named
  local function tags()
    if not named then named = tagsIn(name, count, body, start) end
    return named
  end
  if isBelowWide(key, born, tags) then return nil end
  return { key = key, born = born, stamped = stamped, dead = dead, version = version, found = found, codec = codec,
    upkept = upkept, fresh = fresh, due = due, tags = tags }
end

-- Whether a frame stands there, and is not stale.
local function isFresh(there)
  return there and there.fresh > now and not isBelowSoft(there.key, there.born, there.tags)
end

-- Whether what stands there may be served, be it as stale.
local function isOfUse(there)
  if not there then return false end
  local hasGrace = there.upkept and (there.fresh == INF or there.dead - there.fresh >= ${SHORTEST_GRACE})
  return hasGrace or not isBelowSoft(there.key, there.born, there.tags)
end

-- The frame made fresh for \`ttl\` from now on, and when it is dead.
local function prolonged(frame, there, ttl)
  local finish = now + ttl
  if not there.upkept or not (ttl > 0) then return frame, finish end
  local early = there.fresh > there.due and there.fresh - there.due or 0
  local due = early == INF and there.due or finish - early
  frame = sub(frame, 1, 56) .. struct.pack('<d', finish) .. sub(frame, 65, 72) ..
    struct.pack('<d', math.min(finish, due)) .. sub(frame, 81)
  return frame, there.dead > there.fresh and finish + (there.dead - there.fresh) or finish
end

local function put(name, frame, place, born, stamped, dead)
  if not (dead > now) then return call('UNLINK', name) end
  frame = sub(frame, 1, 8) .. place .. struct.pack('<ddd', born, stamped, dead) .. sub(frame, 41)
  local left = math.ceil(dead - now)
  if left < 1e14 then call('SET', name, frame, 'PX', whole(left)) else call('SET', name, frame) end
  return frame
end
local function keyIn(name) return sub(name, ARGV[4] + 1) end

-- The link of the step that made an era, if it is remembered.
local function linkAt(past)
  if past == era then return link end
  if past == 0 then return NOLINK end
  if past > era or past <= era - BOUNDS.steps or past ~= math.floor(past) then return nil end
  local id = whole(past) .. '-1'
  local row = read('XRANGE', LOG, id, id)
  return row and row[1] and row[1][2][2]
end

local function isBarred(framed)
  local born = framed.born
  if ARGV[8] ~= reign or born < keyHorizon or framed.link ~= linkAt(born) then return true end
  local floor = call('ZSCORE', KEYF, framed.floor)
  if floor and born < tonumber(floor) then return true end
  local function tags() return framed.tags end
  return isBelowWide(framed.key, born, tags) or isBelowSoft(framed.key, born, tags)
end

-- The frames in ARGV from \`at\` on, one for each name.
local function framesFrom(at, count)
  local frames, highest = {}, 0
  for n = 1, count do
    local name, tags = KEYS[5 + n], {}
    local key, floor = keyIn(name), ARGV[at]
    for tag = 1, tonumber(ARGV[at + 5]) do tags[tag] = ARGV[at + 5 + tag] end
    local framed = {
      name = name, key = key, floor = floor == '' and key or floor, lease = KEYS[5 + count + n],
      born = num(ARGV[at + 1]), link = ARGV[at + 2], ttl = num(ARGV[at + 3]),
      version = ARGV[at + 4] ~= '' and num(ARGV[at + 4]) or nil, tags = tags, frame = ARGV[at + 6 + #tags],
    }
    if framed.born < INF and framed.born > highest then highest = framed.born end
    frames[n] = framed
    at = at + 7 + #tags
  end
  return frames, highest
end

local function outranks(there, framed)
  return there and there.version and framed.version and there.version > framed.version
end

local function prune(floors, bound)
  local excess = call('ZCARD', floors) - 1 - bound
  if excess <= 0 then return 0 end
  local highest = call('ZRANGE', floors, excess - 1, excess - 1, 'WITHSCORES')[2]
  call('ZREMRANGEBYSCORE', floors, '-inf', highest)
  return tonumber(highest)
end

-- What the log is told: not the names of keys that are too long for it.
local function curtailed(scopes)
  if #scopes <= BOUNDS.names then return scopes end
  local kept, isCurtailed = {}, false
  for _, scope in ipairs(cjson.decode(scopes)) do
    local kind = sub(scope, 1, 1)
    if (kind == 'k' or kind == 'm') and #scope > BOUNDS.names + 1 then isCurtailed = true
    else kept[#kept + 1] = scope end
  end
  if not isCurtailed then return scopes end
  kept[#kept + 1] = 'x'
  return cjson.encode(kept)
end

-- Makes one era. \`scopes\` is what the log and the feed are told, \`floors\` the names of key floors.
local function advance(scopes, floors, wide)
  local prev, id = link, whole(era + 1) .. '-1'
  local row = { 'XADD', LOG, 'MAXLEN', '~', whole(BOUNDS.steps), id, 'l', ARGV[7], 'p', prev, 'o', ARGV[6], 'c', curtailed(scopes) }
  local added = redis.pcall(unpack(row))
  if type(added) == 'table' and added.err then
    if not (string.find(added.err, 'WRONGTYPE') or string.find(added.err, 'equal or smaller')) then error(added.err, 0) end
    call('UNLINK', LOG)
    call(unpack(row))
  end
  era, link = era + 1, ARGV[7]
  local score = whole(era)
  for _, floor in ipairs(floors) do call('ZADD', KEYF, score, floor) end
  for n = 1, #wide, 2 do
    if wide[n] == 't' then call('ZADD', TAGF, score, wide[n + 1])
    elseif wide[n] == 'p' then call('ZADD', PREF, score, wide[n + 1])
    else all = era end
  end
  if all == era then
    for _, cleared in ipairs({ TAGF, PREF }) do
      call('UNLINK', cleared)
      call('ZADD', cleared, '+inf', MARK .. reign)
    end
  end
  if #floors > 0 then keyHorizon = math.max(keyHorizon, prune(KEYF, BOUNDS.keys)) end
  if #wide > 0 then wideHorizon = math.max(wideHorizon, prune(PREF, BOUNDS.prefixes), prune(TAGF, BOUNDS.tags)) end
  save()
  prefixes = nil
  call('PUBLISH', ARGV[2], '{"s":' .. ARGV[1] .. ',"r":"' .. reign .. '","e":' .. score .. ',"l":"' .. link ..
    '","p":"' .. prev .. '","o":"' .. ARGV[6] .. '","c":' .. scopes .. '}')
  return prev
end

-- Ends leases, and publishes those of which somebody waits for the end. Each is { name, key }.
local function settle(leases, holder)
  local awaited = {}
  for _, lease in ipairs(leases) do
    local row = read('GET', lease[1])
    if row and (not holder or sub(row, 1, #holder) == holder) then
      call('UNLINK', lease[1])
      if sub(row, -1) == '!' then awaited[#awaited + 1] = lease[2] end
    end
  end
  if #awaited > 0 then call('PUBLISH', ARGV[2], '{"s":' .. ARGV[1] .. ',"d":' .. cjson.encode(awaited) .. '}') end
end
`
}
