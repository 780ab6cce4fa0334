import { describe, expect, it } from 'vitest'
import { keyvStore } from '../../src/coherence/keyv-store.ts'
import { EVERYTHING, type Scope } from '../../src/entry/scope.ts'
import type { Sealed, Store } from '../../src/stores/store.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { SlowRegister } from './slow-register.ts'

const KEYS = ['a', 'ab', 'b']
const SCOPES: readonly Scope[] = [
  EVERYTHING,
  { kind: 'prefix', prefix: 'a' },
  { kind: 'prefix', prefix: 'b' },
  { kind: 'tag', tag: 't' },
  { kind: 'tag', tag: 'u' },
]
const STALENESS = 500
const RECORD = 'terrace!floors'
const TAGS: Readonly<Record<string, readonly string[]>> = { a: ['t'], ab: ['t', 'u'], b: ['u'] }

function covers(scope: Scope, key: string): boolean {
  if (scope.kind === 'prefix') return key.startsWith(scope.prefix)
  return scope.kind === 'all' || (scope.kind === 'tag' && TAGS[key]!.includes(scope.tag))
}

/** Three processes over one register: their fills and invalidations of more than one key, and what each serves in the end. */
class Fleet {
  readonly world: FakeWorld
  readonly register: SlowRegister
  readonly stores: Store[] = []
  served = 0
  /** What the source says: one number for all keys, which grows with each change. */
  #truth = 0
  readonly #due = new Map<string, number>()
  #busy = 0

  constructor(seed: number) {
    this.world = new FakeWorld(seed)
    this.register = new SlowRegister(this.world)
  }

  /** The record is gone, and so many processes join that never saw it. */
  beginAnew(processes: number): void {
    this.register.items.delete(RECORD)
    for (let n = 0; n < processes; n++) this.#join()
  }

  #join(): void {
    this.stores.push(keyvStore(this.register, { maxStaleness: STALENESS }, { world: this.world }))
  }

  step(): void {
    const store = this.stores[this.#die(this.stores.length)]!
    const key = KEYS[this.#die(KEYS.length)]!
    if (this.#die(3) > 0) this.#track(this.#fill(store, key))
    else this.#track(this.#invalidate(store, SCOPES[this.#die(SCOPES.length)]!))
    if (this.#die(60) === 0) this.register.items.delete(RECORD)
  }

  async pass(ms: number): Promise<void> {
    for (let at = 0; at < ms; at += 5) {
      this.world.advance(5)
      await this.world.settle()
    }
  }

  async rest(): Promise<void> {
    this.register.failures = 0
    while (this.#busy > 0) await this.pass(50)
    for (let round = 0; round < 4; round++) {
      for (const store of this.stores) this.#track(store.read(KEYS))
      await this.pass(STALENESS)
    }
  }

  async stale(): Promise<string[]> {
    const found: string[] = []
    for (const [n, store] of this.stores.entries()) {
      const reading = store.read(KEYS)
      await this.pass(200)
      for (const entry of (await reading).entries) {
        if (entry === undefined) continue
        this.served++
        const value = Number(Buffer.from(entry.payload).toString())
        if (value < (this.#due.get(entry.key) ?? 0)) found.push(`process ${n} serves ${entry.key} as of ${value}`)
      }
    }
    return found
  }

  #track(work: Promise<unknown>): void {
    this.#busy++
    const over = () => {
      this.#busy--
    }
    work.then(over, over)
  }

  /** Looks, finds nothing, asks the source, waits, and brings what the source said. */
  async #fill(store: Store, key: string): Promise<void> {
    const { eras, entries } = await store.read([key])
    if (entries[0] !== undefined) return
    const payload = Buffer.from(String(this.#truth))
    await new Promise<void>((resolve) => {
      this.world.after(this.#die(300), resolve)
    })
    const entry: Sealed = {
      key,
      found: true,
      codec: 2,
      payload,
      born: eras[0]!,
      deadline: Number.POSITIVE_INFINITY,
      tags: TAGS[key]!,
      version: undefined,
      upkeep: undefined,
    }
    await store.write([entry])
  }

  /** The source changes, then it is told; again until it arrives, as the journal of a level does. */
  async #invalidate(store: Store, scope: Scope): Promise<void> {
    const truth = ++this.#truth
    for (const key of KEYS) if (covers(scope, key)) this.#due.set(key, truth)
    for (;;) {
      try {
        await store.raise([scope])
        return
      } catch {
        await new Promise<void>((resolve) => {
          this.world.after(50, resolve)
        })
      }
    }
  }

  #die(sides: number): number {
    return Math.floor(this.world.random() * sides)
  }
}

/** @returns what was served that should not, and how much was served at all */
async function life(seed: number): Promise<{ readonly stale: readonly string[]; readonly served: number }> {
  const fleet = new Fleet(seed)
  const stale: string[] = []
  for (let episode = 0; episode < 8; episode++) {
    // Two that begin at once both find no record.
    if (episode % 4 === 0) fleet.beginAnew(2)
    fleet.register.failures = seed % 2 === 0 ? 0.1 : 0
    for (let step = 0; step < 8; step++) {
      fleet.step()
      await fleet.pass((step % 4) * 15)
    }
    await fleet.rest()
    stale.push(...(await fleet.stale()))
  }
  return { stale, served: fleet.served }
}

describe('floors shared through a record that is written whole', () => {
  it('are lost in no order of calls, failures or evictions, as long as those who made them live', async () => {
    let served = 0
    for (let seed = 1; seed <= 100; seed++) {
      const told = await life(seed)
      expect(told.stale, `seed ${seed}`).toEqual([])
      served += told.served
    }
    expect(served).toBeGreaterThan(500)
  })
})
