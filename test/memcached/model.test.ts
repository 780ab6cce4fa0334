import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type MemcachedServer, startMemcached } from '../../servers/memcached-server.ts'
import { UNCHECKED } from '../../src/entry/era.ts'
import { EVERYTHING, keyScope, type Scope } from '../../src/entry/scope.ts'
import type { Store } from '../../src/stores/store.ts'
import { Fleet, sealed } from './fleet.ts'

const KEYS = ['a', 'ab', 'b', 'ü']
const STORES = 2

type Step =
  | { readonly kind: 'read'; readonly by: number; readonly key: string }
  | {
      readonly kind: 'fill' | 'replaceIf'
      readonly by: number
      readonly ticket: number
      readonly tags: readonly string[]
    }
  | { readonly kind: 'replace'; readonly by: number; readonly key: string; readonly tags: readonly string[] }
  | { readonly kind: 'raise'; readonly by: number; readonly scopes: readonly Scope[] }

const by = fc.nat(STORES - 1)
const key = fc.constantFrom(...KEYS)
const tags = fc.subarray(['t', 'u'])
const scope = fc.oneof(
  { weight: 4, arbitrary: key.map(keyScope) },
  { weight: 2, arbitrary: fc.constantFrom('t', 'u').map((tag): Scope => ({ kind: 'tag', tag })) },
  { weight: 2, arbitrary: fc.constantFrom('a', 'ü').map((prefix): Scope => ({ kind: 'prefix', prefix })) },
  { weight: 1, arbitrary: fc.constant(EVERYTHING) },
)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('read' as const), by, key }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('fill' as const), by, ticket: fc.nat(20), tags }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('replaceIf' as const), by, ticket: fc.nat(20), tags }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('replace' as const), by, key, tags }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('raise' as const),
      by,
      scopes: fc.array(scope, { minLength: 1, maxLength: 2 }),
    }),
  },
)

interface Ticket {
  readonly key: string
  readonly era: number
  /** How often the key had changed, and how many wide invalidations there had been. */
  readonly changes: number
  readonly wide: number
}

/** What a shared store should do, told naively: one list of values, of changes and of wide invalidations. */
class Model {
  readonly held = new Map<string, { readonly text: string; readonly tags: readonly string[] }>()
  readonly changes = new Map<string, number>()
  readonly wide: Scope[] = []

  changed(key: string): void {
    this.held.delete(key)
    this.changes.set(key, (this.changes.get(key) ?? 0) + 1)
  }

  raise(scopes: readonly Scope[]): void {
    for (const scope of scopes) {
      if (scope.kind === 'key') this.changed(scope.key)
      else this.wide.push(scope)
      for (const [key, { tags }] of this.held) if (covers(scope, key, tags)) this.held.delete(key)
    }
  }

  isGood({ key, changes, wide }: Ticket, tags: readonly string[]): boolean {
    if (changes !== (this.changes.get(key) ?? 0)) return false
    return !this.wide.slice(wide).some((scope) => covers(scope, key, tags))
  }

  keep(key: string, text: string, tags: readonly string[]): void {
    this.changed(key)
    this.held.set(key, { text, tags })
  }
}

function covers(scope: Scope, key: string, tags: readonly string[]): boolean {
  if (scope.kind === 'all') return true
  if (scope.kind === 'key') return scope.key === key
  return scope.kind === 'tag' ? tags.includes(scope.tag) : key.startsWith(scope.prefix)
}

let server: MemcachedServer
const fleet = new Fleet()
beforeAll(async () => {
  server = await startMemcached()
})
afterAll(async () => {
  await fleet.close()
  await server.kill()
})

it('agrees with a naive model, whoever of two processes does what', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
      fleet.next()
      // So short that every call looks for the newest state: the model knows no delay.
      const stores = Array.from({ length: STORES }, () => fleet.store([server.address], { maxStaleness: '0.000001ms' }))
      const tickets: Ticket[][] = stores.map(() => [])
      const model = new Model()
      for (const [n, one] of steps.entries()) await take(one, `${n}`, stores[one.by]!, tickets[one.by]!, model)
      await fleet.close()
    }),
    { numRuns: 120, seed: 7 },
  )
})

async function take(step: Step, text: string, store: Store, tickets: Ticket[], model: Model): Promise<void> {
  if (step.kind === 'raise') {
    await store.raise(step.scopes)
    model.raise(step.scopes)
  } else if (step.kind === 'read') {
    const { key } = step
    const { entries, eras } = await store.read([key])
    const held = model.held.get(key)
    expect(entries[0] && { text: String(entries[0].payload), tags: entries[0].tags }).toEqual(held)
    tickets.push({ key, era: eras[0]!, changes: model.changes.get(key) ?? 0, wide: model.wide.length })
  } else if (step.kind === 'replace') {
    const { key, tags } = step
    expect(await store.replace([sealed(key, text, { tags, born: UNCHECKED })])).toEqual(['kept'])
    model.keep(key, text, tags)
  } else {
    if (tickets.length === 0) return
    const ticket = tickets[step.ticket % tickets.length]!
    const { key, era } = ticket
    const isGood = model.isGood(ticket, step.tags)
    // What a process keeps in ignorance of a wide invalidation is not served; here it is not ignorant.
    await store.read(['elsewhere'])
    const entry = sealed(key, text, { tags: step.tags, born: era })
    const [keeping] = await (step.kind === 'fill' ? store.write([entry]) : store.replace([entry]))
    expect(keeping).toBe(isGood ? 'kept' : 'superseded')
    if (isGood) model.keep(key, text, step.tags)
    else if (step.kind === 'replaceIf') model.changed(key)
  }
}
