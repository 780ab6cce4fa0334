import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Overtaking, type Watch } from '../../src/coherence/overtaking.ts'
import { EVERYTHING, keyScope, type Scope } from '../../src/entry/scope.ts'

/** A write that is under way, and what was heard since it began. */
interface Write {
  readonly watch: Watch
  readonly heard: Scope[]
  readonly end: () => Promise<void>
}

function begin(overtaking: Overtaking): Write {
  const ended = Promise.withResolvers<void>()
  let watch: Watch | undefined
  const written = overtaking.during((own) => {
    watch = own
    return ended.promise
  })
  return {
    watch: watch!,
    heard: [],
    end: () => {
      ended.resolve()
      return written
    },
  }
}

const names = ['a', 'ab', 'b', 'a:1', '']
const name = fc.constantFrom(...names)
const scope: fc.Arbitrary<Scope> = fc.oneof(
  name.map(keyScope),
  name.map((tag): Scope => ({ kind: 'tag', tag })),
  name.map((prefix): Scope => ({ kind: 'prefix', prefix })),
  fc.constant(EVERYTHING),
)

type Step = { readonly end: number } | { readonly scopes: readonly Scope[] } | 'begin' | 'flood'

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constant('begin' as const),
  fc.constant('flood' as const),
  fc.nat(5).map((end) => ({ end })),
  fc.array(scope, { maxLength: 3 }).map((scopes) => ({ scopes })),
)

function isCovered(heard: readonly Scope[], key: string, tag: string): boolean {
  return heard.some((each) => {
    if (each.kind === 'key') return each.key === key
    if (each.kind === 'tag') return each.tag === tag
    return each.kind === 'all' || key.startsWith(each.prefix)
  })
}

it('tells each write what was heard since it began, and nothing older', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
      const overtaking = new Overtaking()
      const writes: Write[] = []
      let flood = 0
      const hear = (scopes: readonly Scope[]) => {
        overtaking.note(scopes)
        for (const { heard } of writes) heard.push(...scopes)
      }
      for (const each of steps) {
        flood++
        if (each === 'begin') writes.push(begin(overtaking))
        // So much that what was heard long ago is forgotten.
        else if (each === 'flood') hear(Array.from({ length: 700 }, (_, n) => keyScope(`other ${flood}:${n}`)))
        else if ('scopes' in each) hear(each.scopes)
        else await writes.splice(each.end, 1)[0]?.end()
        for (const { watch, heard } of writes) {
          for (const key of names) {
            expect(watch.covers({ key, tags: ['a'] })).toBe(isCovered(heard, key, 'a'))
          }
        }
      }
      for (const { end } of writes) await end()
      expect(overtaking.size).toBe(0)
    }),
    { numRuns: 200 },
  )
})

it('remembers what is heard once, however many writes are under way', async () => {
  const overtaking = new Overtaking()
  let writes = Array.from({ length: 1000 }, () => begin(overtaking))
  for (let n = 0; n < 100; n++) {
    overtaking.note(Array.from({ length: 100 }, (_, each) => keyScope(`k${n}:${each}`)))
    const [first, ...rest] = writes
    await first!.end()
    writes = [...rest, begin(overtaking)]
  }
  // Those that were there from the beginning hear all of it.
  expect(overtaking.size).toBe(10_000)
  for (const write of writes.splice(0)) await write.end()
  expect(overtaking.size).toBe(0)
})

it('forgets what nobody under way can ask for, though somebody always is', async () => {
  const overtaking = new Overtaking()
  let last = begin(overtaking)
  for (let n = 0; n < 1000; n++) {
    const next = begin(overtaking)
    await last.end()
    last = next
    overtaking.note(Array.from({ length: 50 }, (_, each) => keyScope(`k${n}:${each}`)))
    expect(overtaking.size).toBeLessThanOrEqual(3000)
  }
  await last.end()
})

it('hears of more keys at once than a call has room for arguments', async () => {
  const overtaking = new Overtaking()
  const { watch, end } = begin(overtaking)
  overtaking.note(Array.from({ length: 200_000 }, (_, n) => keyScope(`k${n}`)))
  expect(watch.covers({ key: 'k199999', tags: [] })).toBe(true)
  expect(watch.covers({ key: 'other', tags: [] })).toBe(false)
  await end()
})
