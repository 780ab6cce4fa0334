import { softName } from '../soft-name.ts'

/** The part of `prelude.ts` that looks at floors of prefixes and tags. */
export const WIDE_FLOORS: string = `local SOFT = '${softName('')}'

local function prefixFloors()
  if not prefixes then prefixes = call('ZRANGE', PREF, 0, -2, 'WITHSCORES') end
  return prefixes
end

-- Whether a floor that covers more than one key is above the birth of what lies under this key.
local function isBelowWide(key, born, tags)
  if born < all or born < wideHorizon then return true end
  if born >= era then return false end
  local floors = prefixFloors()
  for n = 1, #floors, 2 do
    if born < tonumber(floors[n + 1]) and sub(key, 1, #floors[n]) == floors[n] then return true end
  end
  for _, tag in ipairs(tags()) do
    local floor = call('ZSCORE', TAGF, tag)
    if floor and born < tonumber(floor) then return true end
  end
  return false
end

-- Whether something ended the freshness of what was born then: such floors lie among the others, under names of their own.
local function isBelowSoft(key, born, tags)
  if born >= era then return false end
  local floors = prefixFloors()
  for n = 1, #floors, 2 do
    local name = floors[n]
    if born < tonumber(floors[n + 1]) and sub(name, 1, #SOFT) == SOFT
      and sub(key, 1, #name - #SOFT) == sub(name, #SOFT + 1) then return true end
  end
  for _, tag in ipairs(tags()) do
    local floor = call('ZSCORE', TAGF, SOFT .. tag)
    if floor and born < tonumber(floor) then return true end
  end
  return false
end`
