import { describe, expect, it } from 'vitest'
import { Fact, NO_TAGS } from '../../src/entry/entry.ts'
import { keyScope, type Scope } from '../../src/entry/scope.ts'
import { type Level, NO_TRAITS, type PartListener } from '../../src/level.ts'
import { Observers } from '../../src/observe/observers.ts'
import { GuardedLevel } from '../../src/remote/guarded-level.ts'
import { FakeWorld } from '../../src/testing/index.ts'

const TIMEOUT = 200
const ENTRY_END = Number.POSITIVE_INFINITY

/** A level of two parts: keys that begin with `a` lie in the first. Of those in `frozen` no call ends before `thaw`. */
function spread() {
  const world = new FakeWorld()
  const frozen = new Set<number>()
  const partOf = (key: string): number => (key.startsWith('a') ? 0 : 1)
  let heard = Number.NEGATIVE_INFINITY
  let inquiries = 0
  let listener: PartListener = () => {}
  const stuck: ((error: Error) => void)[] = []
  const call = <T>(keys: readonly string[], answer: T): Promise<T> => {
    if (keys.some((key) => frozen.has(partOf(key)))) return new Promise((_, reject) => stuck.push(reject))
    heard = world.mono()
    return Promise.resolve(answer)
  }
  const keysIn = (scopes: readonly Scope[]) => scopes.map((scope) => (scope.kind === 'key' ? scope.key : 'a'))
  const level: Level = {
    name: 'L1',
    timeout: TIMEOUT,
    traits: {
      ...NO_TRAITS,
      spreads: {
        partOf,
        silent: [],
        answers: (since) => (since === undefined ? frozen.size < 2 : heard >= since),
        inquire: () => {
          inquiries++
          if (frozen.size < 2) heard = world.mono()
        },
        watch: (told) => {
          listener = told
        },
      },
    },
    read: (keys) => call(keys, { eras: keys.map(() => 1), entries: keys.map(() => undefined) }),
    write: (entries) =>
      call(
        entries.map(({ key }) => key),
        entries.map(() => 'kept' as const),
      ),
    replace: (entries) =>
      call(
        entries.map(({ key }) => key),
        entries.map(({ key }) => (key.endsWith('!') ? ('refused' as const) : ('kept' as const))),
      ),
    raise: (scopes) => call(keysIn(scopes), 2),
    close: async () => {},
  }
  const observers = new Observers(world, 'test')
  const states: string[] = []
  observers.add((event) => {
    if (event.type === 'breaker') states.push(`${event.part ?? 'all'} ${event.state}`)
  })
  const guarded = new GuardedLevel(level, world, observers)
  const within = async <T>(work: Promise<T>): Promise<T> => {
    for (let n = 0; n < 10; n++) await world.advance(TIMEOUT / 4)
    return work
  }
  const thaw = (part: number): void => {
    frozen.delete(part)
    for (const end of stuck.splice(0)) end(new Error('late'))
    listener(part === 0 ? 'first' : 'second', true)
  }
  return { world, guarded, frozen, states, within, thaw, inquiries: () => inquiries }
}

function entry(key: string): Fact {
  return new Fact(key, true, 1, 1, ENTRY_END, NO_TAGS, undefined, undefined)
}

describe('a level in parts', () => {
  it('has its breaker closed while one part is silent, and opens it when all are', async () => {
    const { guarded, frozen, states, within, inquiries } = spread()
    frozen.add(0)
    expect(await within(guarded.read(['a']))).toEqual([{ kind: 'unknown' }])
    expect(inquiries()).toBe(1)
    expect(guarded.breaker).toBe('closed')
    expect(await within(guarded.read(['b']))).toMatchObject([{ kind: 'absent' }])
    frozen.add(1)
    expect(await within(guarded.read(['b']))).toEqual([{ kind: 'unknown' }])
    expect(states).toEqual(['all open'])
  })

  it('is asked again as soon as one part answers by itself', async () => {
    const { guarded, frozen, states, within, thaw } = spread()
    frozen.add(0).add(1)
    await within(guarded.read(['a']))
    thaw(1)
    expect(guarded.breaker).toBe('closed')
    expect(states).toEqual(['all open', 'second closed', 'all closed'])
  })

  it('does what concerns the parts that answer, and answers each in its place', async () => {
    const { guarded, frozen, within } = spread()
    frozen.add(0)
    const entries = ['b1', 'a1', 'b2!', 'a2', 'b3'].map(entry)
    expect(await within(guarded.replace(entries))).toEqual(['done', 'pending', 'refused', 'pending', 'done'])
    expect(await within(guarded.write(entries))).toEqual(['kept', 'failed', 'kept', 'failed', 'kept'])
    expect(await within(guarded.raise(['a3', 'b4'].map(keyScope)))).toBe('pending')
    expect(['a1', 'a2', 'a3', 'b1', 'b3', 'b4'].filter((key) => guarded.isBehind(key))).toEqual(['a1', 'a2', 'a3'])
  })

  it('is told what it has missed part by part: those that are silent hold up none that answer', async () => {
    const { world, guarded, frozen, within, thaw } = spread()
    frozen.add(0).add(1)
    const missed = Array.from({ length: 600 }, (_, n) => keyScope(`a${n}`))
    await within(guarded.raise([...missed, keyScope('b')]))
    expect(guarded.pending).toBe(601)
    thaw(1)
    for (let n = 0; n < 200 && guarded.isBehind('b'); n++) await world.advance(TIMEOUT / 4)
    expect(guarded.isBehind('b')).toBe(false)
    expect(guarded.pending).toBe(600)
    thaw(0)
    for (let n = 0; n < 200 && guarded.pending > 0; n++) await world.advance(TIMEOUT / 4)
    expect(guarded.pending).toBe(0)
  })
})
