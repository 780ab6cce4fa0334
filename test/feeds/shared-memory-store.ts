import type { Era } from '../../src/entry/era.ts'
import { type Scope, scopeId } from '../../src/entry/scope.ts'
import { type Keeping, type Shares, Unsettled } from '../../src/level.ts'
import type { Sealed, Store, StoreReading } from '../../src/stores/store.ts'
import type { FakeWorld } from '../../src/testing/fake-world.ts'

/** What the processes of one universe share: each call takes effect at one moment, at once in all its parts. */
export class SharedMemory {
  readonly entries: Map<string, Sealed> = new Map()
  era: Era = 1
  readonly floors: Map<string, Era> = new Map()

  raise(scopes: readonly Scope[]): Era {
    this.era++
    for (const scope of scopes) this.floors.set(scopeId(scope), this.era)
    return this.era
  }

  /** Whether no floor stands against it, and of the wide ones none that is known. */
  serves({ key, born, tags }: Sealed, known: ReadonlyMap<string, Era> = this.floors): boolean {
    if ((this.floors.get(`key:${key}`) ?? 0) > born) return false
    const wide = ['all', ...tags.map((tag) => `tag:${tag}`)]
    for (let end = 0; end <= key.length; end++) wide.push(`prefix:${key.slice(0, end)}`)
    return wide.every((name) => (known.get(name) ?? 0) <= born)
  }
}

/** How the way to the store is. */
export interface Way {
  /** Milliseconds: the longest there, and back. */
  readonly latency: number
  /** Chances of 0 to 1 that a call that changes something fails: at once, after its effect, before it. */
  readonly failure: number
  /** Milliseconds for which what was invalidated widely may be unknown here; 0 where the store always knows. */
  readonly lag: number
}

/**
 * One process's way to {@link SharedMemory}: a store that tells nothing of what others do.
 *
 * @param longest milliseconds for which what is read there may be held above it, where nobody tells
 */
export function sharedMemoryStore(
  memory: SharedMemory,
  world: FakeWorld,
  way: () => Way,
  longest: number = way().lag,
): Store {
  let known: ReadonlyMap<string, Era> = new Map()
  let knownAt = world.mono()
  let carriesOn = false
  const renew = () => {
    known = new Map(memory.floors)
    knownAt = world.mono()
  }
  const isStale = () => world.mono() - knownAt >= way().lag
  const pass = (share = 1) =>
    new Promise<void>((resolve) => {
      world.after(world.random() * way().latency * share, resolve)
    })
  const call = async <T>(effect: () => T): Promise<T> => {
    await pass()
    const answer = effect()
    await pass()
    return answer
  }
  const change = async <T>(effect: () => T): Promise<T> => {
    await pass()
    const kind = world.random() < way().failure ? Math.floor(world.random() * 3) : undefined
    if (kind === 0) throw new Error('the store failed')
    // It is not known what became of it, and it takes effect later than anything that is sent now.
    if (kind === 1) throw new Unsettled(new Error('the store was late'), pass(20).then(effect).then(nothing))
    const answer = effect()
    await pass()
    if (kind === 2) throw new Error('the answer of the store was lost')
    return answer
  }
  const shares: Shares = {
    hearing: 'nothing',
    maxStaleness: longest,
    provenUntil: Number.POSITIVE_INFINITY,
    checksBirths: true,
    prove: () =>
      call(() => {
        renew()
        return true
      }),
    eraOf: () => undefined,
    follow: (follower) => {
      carriesOn = follower.carriesOn
    },
  }
  return {
    traits: { scans: undefined, shares, leases: undefined, amends: undefined, informs: undefined },
    read: (keys) =>
      call((): StoreReading => {
        if (isStale() || carriesOn) renew()
        const served = keys.map((key) => {
          const entry = memory.entries.get(key)
          return entry !== undefined && memory.serves(entry, known) ? entry : undefined
        })
        return { eras: keys.map(() => memory.era), entries: served }
      }),
    write: (entries) =>
      call(() =>
        entries.map((entry): Keeping => {
          if (!memory.serves(entry)) return 'superseded'
          memory.entries.set(entry.key, entry)
          return 'kept'
        }),
      ),
    replace: (entries) =>
      change(() =>
        entries.map((entry): Keeping => {
          const born = memory.raise([{ kind: 'key', key: entry.key }])
          memory.entries.set(entry.key, { ...entry, born })
          return 'kept'
        }),
      ),
    raise: (scopes) =>
      change(() => {
        const era = memory.raise(scopes)
        renew()
        return era
      }),
    close: async () => undefined,
  }
}

function nothing(): void {}
