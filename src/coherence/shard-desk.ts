import { remaining } from '../entry/age.ts'
import { NO_TAGS } from '../entry/entry.ts'
import { DAWN, type Era, UNCHECKED } from '../entry/era.ts'
import { NUMBER, packFrame } from '../entry/frame.ts'
import { type KeyScope, keyScope, movedScope, type Scope } from '../entry/scope.ts'
import { upkeepThere } from '../entry/upkeep.ts'
import type { Keeping, Lease } from '../level.ts'
import type { Framed, Ledger } from '../stores/ledger.ts'
import type { Sealed } from '../stores/store.ts'
import type { World } from '../world/world.ts'
import { Gather } from './gather.ts'
import { shareOfEntry, shareOfKey, shareOfScope } from './portions.ts'
import type { ShardLink } from './shard-link.ts'
import type { StoreClock } from './store-clock.ts'

/** What a {@link ShardDesk} works with. */
export interface DeskContext {
  readonly ledger: Ledger
  readonly world: World
  readonly clock: StoreClock
  /** Who this process is: 16 hexadecimal digits. */
  readonly origin: string
  /** Whether a store that may have lost a count is told to forget it, for levels above may hold the sum. */
  readonly repeatsCounts: () => boolean
  /** Resolves when the shard's history is known and proven; rejects if it cannot be. */
  readonly ready: (link: ShardLink) => Promise<void>
}

/** Where the changes of one shard are handed in: those of one turn become one step. */
export class ShardDesk {
  readonly #shard: number
  readonly #link: ShardLink
  readonly #context: DeskContext
  readonly #fills: Gather<Sealed, Keeping>
  readonly #replacements: Gather<Sealed, Keeping>
  readonly #raises: Gather<Scope, Era>
  readonly #leases: Gather<string, Lease>

  constructor(shard: number, link: ShardLink, context: DeskContext) {
    this.#shard = shard
    this.#link = link
    this.#context = context
    const { world } = context
    this.#fills = new Gather(world, shareOfEntry, (entries) => this.#keep(entries, false))
    this.#replacements = new Gather(world, shareOfEntry, (entries) => this.#keep(entries, true))
    this.#raises = new Gather(world, shareOfScope, (scopes) => this.#raise(scopes))
    this.#leases = new Gather(world, shareOfKey, (keys) => this.#lease(keys))
  }

  fill(entries: readonly Sealed[]): Promise<readonly Keeping[]> {
    return this.#fills.ask(entries)
  }

  replace(entries: readonly Sealed[]): Promise<readonly Keeping[]> {
    return this.#replacements.ask(entries)
  }

  /** One birth for each scope. */
  raise(scopes: readonly Scope[]): Promise<readonly Era[]> {
    return this.#raises.ask(scopes)
  }

  lease(keys: readonly string[]): Promise<readonly Lease[]> {
    return this.#leases.ask(keys)
  }

  /** @returns the frame that is there now; `undefined` if nothing was changed */
  async increment(key: string, by: number, end: number | undefined, fresh: number): Promise<Uint8Array | undefined> {
    const { ledger, world, clock, ready } = this.#context
    await ready(this.#link)
    const now = world.tick()
    const ttl = end === undefined ? undefined : Math.max(0, end - now)
    const payload = Buffer.alloc(8)
    payload.writeDoubleLE(by)
    const facts = { key, found: true, codec: NUMBER, payload, tags: NO_TAGS, version: undefined, upkeep: undefined }
    const framed = framedIn({ ...facts, born: UNCHECKED, deadline: fresh }, UNLINKED, now, clock)
    const { frame } = await this.#link.step(
      () => [keyScope(key)],
      (terms) => ledger.increment(this.#shard, framed, by, ttl, terms),
      this.#context.repeatsCounts(),
    )
    return frame
  }

  async expire(key: string, deadline: number): Promise<boolean> {
    const { ledger, world, ready } = this.#context
    await ready(this.#link)
    const ttl = Math.max(0, deadline - world.tick())
    const { found } = await this.#link.step(
      () => [ttl > 0 ? movedScope(key) : keyScope(key)],
      (terms) => ledger.expire(this.#shard, key, ttl, terms),
    )
    return found
  }

  async #keep(entries: readonly Sealed[], isReplacement: boolean): Promise<readonly Keeping[]> {
    const { ledger, world, clock, ready } = this.#context
    await ready(this.#link)
    const now = world.tick()
    const frames: Framed[] = []
    // By position, not by key: two entries of one key may come together, and each has an answer of its own.
    const places: number[] = []
    for (const [n, entry] of entries.entries()) {
      const origin = entry.born === UNCHECKED ? UNLINKED : this.#link.mirror.originOf(entry.born)
      // A replacement that was overtaken still removes what lies there: no history has an empty link.
      if (origin === undefined && !isReplacement) continue
      places.push(n)
      frames.push(framedIn(entry, origin ?? OUTDATED, now, clock))
    }
    if (frames.length === 0) return entries.map(() => 'superseded')
    const step = await this.#link.step(
      // If it made an era at all: what was overtaken is removed, too. Only what a newer version outranks is not.
      () => (isReplacement ? frames.map(scopeOf) : []),
      (terms) => (isReplacement ? ledger.replace(this.#shard, frames, terms) : ledger.fill(this.#shard, frames, terms)),
    )
    const { keepings } = step
    // What stands in their place is confirmed with them, and may be lost again before it is heard of.
    if (isReplacement)
      this.#link.outranked(
        step,
        frames.filter((_, n) => keepings[n] === 'superseded'),
      )
    const told = new Array<Keeping>(entries.length).fill('superseded')
    for (const [n, place] of places.entries()) {
      told[place] = keepings[n]!
      if (!isReplacement && keepings[n] === 'kept') this.#link.mirror.filled(frames[n]!.key, frames[n]!.born)
    }
    return told
  }

  async #raise(scopes: readonly Scope[]): Promise<readonly Era[]> {
    const { ledger, world, ready } = this.#context
    await ready(this.#link)
    const { reign, era } = await this.#link.step(
      () => scopes,
      (terms) => ledger.raise(this.#shard, scopes, terms),
    )
    for (const scope of scopes) {
      if (scope.kind !== 'prefix' && scope.kind !== 'all') continue
      // Gives back the memory of what is not served any more; nothing depends on it.
      const work = ledger.sweep(this.#shard, scope.kind === 'prefix' ? scope.prefix : '')
      world.background(
        work.catch(() => undefined),
        'sweeping a ledger',
      )
    }
    const birth = this.#link.mirror.birthOf(reign, era) ?? this.#link.mirror.birth
    return scopes.map(() => birth)
  }

  async #lease(keys: readonly string[]): Promise<readonly Lease[]> {
    const { ledger, world, origin, ready } = this.#context
    await ready(this.#link)
    const sent = world.mono()
    const { known } = this.#link
    const answer = await ledger.lease(this.#shard, keys, origin)
    this.#link.answered(answer, sent, known)
    const era = this.#link.mirror.birth
    return answer.leases.map((told): Lease => {
      if (told === 'granted') return { kind: 'granted', era }
      return told === 'filled' ? { kind: 'filled' } : { kind: 'taken', ms: told }
    })
  }
}

const UNLINKED = { born: UNCHECKED, link: '' }
const OUTDATED = { born: DAWN, link: '' }

function scopeOf({ key }: Framed): KeyScope {
  return keyScope(key)
}

function framedIn(entry: Sealed, { born, link }: { born: Era; link: string }, now: number, clock: StoreClock): Framed {
  const { key, found, codec, payload, deadline, tags, version, upkeep } = entry
  const storedUpkeep = upkeep && upkeepThere(upkeep, deadline, clock.ahead)
  const frame = packFrame({ found, codec, payload, tags, version, storedUpkeep })
  return { key, frame, born, link, ttl: remaining(entry, now), tags, version }
}
