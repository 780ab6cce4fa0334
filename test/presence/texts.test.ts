import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Presence, presenceIn, presenceText } from '../../src/presence/presence.ts'
import { callIn, callText } from '../../src/presence/roll-call.ts'
import { LONGEST_ANSWER } from '../../src/stores/meeting.ts'

const id = fc.stringMatching(/^[0-9a-f]{16}$/)
const name = fc.string({ unit: 'binary', maxLength: 300 })
const share = fc.integer({ min: 0, max: 10_000 }).map((n) => n / 10_000)
const amount = fc.nat()

const presence: fc.Arbitrary<Presence> = fc.record({
  id,
  cache: name,
  process: name,
  version: fc.string({ maxLength: 20 }),
  uptime: amount,
  readsPerSecond: fc.option(amount, { nil: undefined }),
  hitRatio: share,
  every: fc.integer({ min: 1000, max: 72_000 }),
  levels: fc.array(
    fc.record({
      name,
      hitRatio: share,
      size: fc.option(amount, { nil: undefined }),
      pending: amount,
      breaker: fc.constantFrom('closed' as const, 'open' as const, 'probing' as const),
      hearing: fc.constantFrom('feed' as const, 'pulse' as const, 'nothing' as const, undefined),
      proven: fc.option(fc.boolean(), { nil: undefined }),
    }),
    { maxLength: 10 },
  ),
  echoes: fc.array(fc.record({ caller: id, number: amount, held: amount }), { maxLength: 4 }),
})

it('a presence comes back as it was told, its names perhaps cut, and is never too long to be looked at', () => {
  fc.assert(
    fc.property(presence, (told) => {
      const text = presenceText(told)
      expect(text.length).toBeLessThanOrEqual(LONGEST_ANSWER)
      const heard = presenceIn(text)!
      const { cache, process, version, levels, ...rest } = told
      expect(heard).toMatchObject(rest)
      expect(told.process.startsWith(heard.process)).toBe(true)
      expect(told.cache.startsWith(heard.cache)).toBe(true)
      expect(heard.version).toBe(version)
      expect(heard.levels.map(({ name: _, ...level }) => level)).toEqual(levels.map(({ name: _, ...level }) => level))
      expect(levels.every((level, n) => level.name.startsWith(heard.levels[n]!.name))).toBe(true)
    }),
  )
})

it('names of ordinary length are told whole', () => {
  const [told] = fc.sample(presence, { numRuns: 1, seed: 5 })
  const levels = ['L1 memory', 'L2 memcached', 'L3 redis'].map((level) => ({ ...told!.levels[0]!, name: level }))
  const named = { ...told!, process: 'host.example:12345', cache: 'shop', levels }
  const heard = presenceIn(presenceText(named))!
  expect([heard.process, heard.cache, heard.levels.map((level) => level.name)]).toEqual([
    'host.example:12345',
    'shop',
    levels.map((level) => level.name),
  ])
})

it('a call comes back as it was told', () => {
  const call = fc.record({
    caller: id,
    number: amount,
    every: fc.integer({ min: 1000, max: 60_000 }),
    lasts: fc.integer({ min: 0, max: 60_000 }),
  })
  fc.assert(fc.property(call, (told) => void expect(callIn(callText(told))).toEqual(told)))
})

it('reads anything without throwing, and takes nothing for a process that does not say all it should', () => {
  const anything = fc.oneof(
    fc.string(),
    fc.json(),
    fc.jsonValue().map((value) => JSON.stringify({ v: 1, ...Object(value) })),
  )
  fc.assert(
    fc.property(anything, (text) => {
      expect(presenceIn(text)).toBeUndefined()
      expect(callIn(text)).toBeUndefined()
    }),
  )
  // One field after the other is of another kind.
  fc.assert(
    fc.property(presence, fc.jsonValue(), fc.nat(), (told, value, at) => {
      const parts = JSON.parse(presenceText(told)) as Record<string, unknown>
      const field = Object.keys(parts)[at % Object.keys(parts).length]!
      const heard = presenceIn(JSON.stringify({ ...parts, [field]: value }))
      if (heard === undefined) return
      expect(heard.id).toMatch(/^[0-9a-f]{16}$/)
      expect([heard.cache, heard.process, heard.version].every((each) => typeof each === 'string')).toBe(true)
      expect([heard.uptime, heard.hitRatio, heard.every].every((each) => Number.isFinite(each) && each >= 0)).toBe(true)
      expect(heard.levels.every((level) => typeof level.name === 'string' && level.breaker !== undefined)).toBe(true)
    }),
  )
})
