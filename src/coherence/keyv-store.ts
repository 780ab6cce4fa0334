import type { Duration } from '../duration.ts'
import { milliseconds } from '../duration.ts'
import { isStale, remaining } from '../entry/age.ts'
import { NO_TAGS, outranks } from '../entry/entry.ts'
import { type Era, UNCHECKED } from '../entry/era.ts'
import { openFrame, packFrame, stampFrame } from '../entry/frame.ts'
import { ReadingOf } from '../entry/reading-of.ts'
import { EVERYTHING, keyScope, type Scope } from '../entry/scope.ts'
import { upkeepHere, upkeepThere } from '../entry/upkeep.ts'
import type { Follower, Keeping, Scans, Shares } from '../level.ts'
import { expected, readOptions, text } from '../options.ts'
import { KeyvAdapter, type KeyvStorage } from '../stores/keyv/keyv-adapter.ts'
import { Names } from '../stores/keyv/names.ts'
import { SharedState } from '../stores/keyv/shared-state.ts'
import {
  type Sealed,
  type SealedExplains,
  SealedFact,
  type SealedFinding,
  type Store,
  type StoreReading,
  type StoreTraits,
} from '../stores/store.ts'
import type { World } from '../world/world.ts'
import { Floors } from './floors.ts'
import { Turns } from './turns.ts'

/** Options of a level over a Keyv storage adapter. */
export interface KeyvStoreOptions {
  /** What all names in the adapter begin with: printable ASCII, up to 50 characters. Default: `terrace`. */
  readonly prefix?: string | undefined
  /**
   * How far this process may be behind what others wrote, deleted, cleared or tagged out of date.
   * At least 100 ms. Default: 5 seconds.
   */
  readonly maxStaleness?: Duration | undefined
  /**
   * The adapter, or the namespace it is set to, holds nothing but this cache: then `clear` empties it
   * instead of leaving what it covers to expire. Default: `false`.
   */
  readonly exclusive?: boolean | undefined
  /** Whether closing the cache disconnects the adapter. Default: `false`. */
  readonly disconnect?: boolean | undefined
}

/** The schema of {@link KeyvStoreOptions}, for `readOptions`. */
export const keyvStoreSchema: {
  readonly prefix: typeof prefixText
  readonly maxStaleness: typeof staleness
  readonly exclusive: typeof flag
  readonly disconnect: typeof flag
} = { prefix: prefixText, maxStaleness: staleness, exclusive: flag, disconnect: flag }

/** What is learnt of others is believed for a fifth of `maxStaleness`; what is held above the store may live for the rest. */
const PULSES = 5

/**
 * A store over any Keyv storage adapter, as good as `get`, `set` and `delete` allow; `docs/keyv.md`
 * says which promises hold.
 *
 * @throws TerraceError `ERR_ARGUMENT_INVALID`, `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID`
 */
export function keyvStore(
  storage: KeyvStorage,
  options: KeyvStoreOptions | undefined,
  { world }: { readonly world: World },
): Store {
  return new KeyvStore(storage, readOptions('keyv', keyvStoreSchema, options), world)
}

/**
 * Key floors and the order of writes are kept by each process for itself; the floors of prefixes, tags
 * and everything are shared through one record in the store (`shared-state.ts`), by which every frame
 * is judged that is read.
 */
class KeyvStore implements Store, Scans, Shares, SealedExplains {
  readonly traits: StoreTraits
  readonly hearing = 'nothing'
  readonly checksBirths = false
  readonly maxStaleness: number
  readonly provenUntil: number = Number.POSITIVE_INFINITY
  readonly #adapter: KeyvAdapter
  readonly #world: World
  readonly #names: Names
  readonly #state: SharedState
  readonly #floors = new Floors()
  readonly #turns = new Turns()
  readonly #isExclusive: boolean
  readonly #disconnects: boolean
  #follower: Follower | undefined

  constructor(
    storage: KeyvStorage,
    { prefix = 'terrace', maxStaleness = 5000, exclusive = false, disconnect = false }: CheckedOptions,
    world: World,
  ) {
    const pulse = maxStaleness / PULSES
    this.#adapter = new KeyvAdapter(storage, () => world.wall())
    this.#world = world
    this.#names = new Names(prefix)
    const times = { pulse, patience: maxStaleness }
    this.#state = new SharedState(this.#adapter, this.#names.state, world, times, (scopes) => this.#learn(scopes))
    this.#isExclusive = exclusive
    this.#disconnects = disconnect
    this.maxStaleness = maxStaleness - pulse
    this.traits = {
      scans: this.#adapter.canList ? this : undefined,
      shares: this,
      leases: undefined,
      amends: undefined,
      informs: undefined,
      explains: this,
    }
  }

  eraOf(): Era {
    return this.#floors.era
  }

  follow(follower: Follower): void {
    this.#follower = follower
  }

  async prove(): Promise<boolean> {
    try {
      await this.#state.prove()
      return true
    } catch {
      return false
    }
  }

  async read(keys: readonly string[]): Promise<StoreReading> {
    if (this.#state.floors === undefined) await this.#state.fresh()
    const { era } = this.#floors
    const names = keys.map((key) => this.#names.of(key))
    const known = this.#follower?.carriesOn === true ? this.#state.prove() : this.#state.fresh()
    const [frames] = await Promise.all([this.#adapter.getMany(names), known])
    const entries = keys.map((key, n) => this.#servable(key, frames[n], era))
    return new ReadingOf(
      keys.map(() => era),
      entries,
    )
  }

  async write(entries: readonly Sealed[]): Promise<readonly Keeping[]> {
    await this.#known()
    return this.#each(entries, async (entry) => {
      if (await this.#isOutranked(entry)) return 'superseded'
      return this.#floors.admits(entry) ? this.#keep(entry) : 'superseded'
    })
  }

  async replace(entries: readonly Sealed[]): Promise<readonly Keeping[]> {
    await this.#known()
    return this.#each(entries, async (entry) => {
      if (await this.#isOutranked(entry)) return 'superseded'
      const isOvertaken = entry.born !== UNCHECKED && !this.#floors.admits(entry)
      this.#floors.raise([keyScope(entry.key)])
      const keeping = isOvertaken ? 'superseded' : await this.#keep(entry)
      if (keeping !== 'kept') await this.#adapter.delete(this.#names.of(entry.key))
      return keeping
    })
  }

  async raise(scopes: readonly Scope[]): Promise<Era> {
    const era = this.#floors.raise(scopes)
    const work: Promise<void>[] = []
    const wide = scopes.filter(({ kind }) => kind !== 'key')
    for (const scope of scopes) if (scope.kind === 'key') work.push(this.#remove(scope.key))
    if (wide.length > 0) work.push(this.#state.raise(wide, () => this.#empty(wide)))
    await Promise.all(work)
    return era
  }

  async *keys(prefix: string): AsyncGenerator<string | undefined> {
    await this.#state.fresh()
    const told = new Set<string>()
    for await (const [name, frame] of this.#adapter.list()) {
      const key = frame && openFrame(frame)?.keyEcho
      const isOurs = key?.startsWith(prefix) === true && this.#names.of(key) === name && !told.has(key)
      const entry = isOurs ? this.#servable(key, frame, this.#floors.era) : undefined
      if (isOurs && entry?.found === true && !isStale(entry, this.#world.mono())) {
        told.add(key)
        yield key
      } else yield undefined
    }
  }

  async explain(key: string): Promise<SealedFinding> {
    await this.#state.fresh()
    const bytes = await this.#adapter.get(this.#names.of(key))
    const frame = bytes && openFrame(bytes)
    const floors = this.#floors.covering(key, frame?.tags ?? NO_TAGS)
    const isOurs = frame !== undefined && frame.keyEcho === key
    const flaw = bytes === undefined || isOurs ? undefined : 'what lies there is damaged, or none of ours'
    const told = { barredBy: undefined, flaw, age: undefined, bytes: bytes?.byteLength, floors }
    if (!isOurs) return { ...told, entry: undefined }
    const age = Math.max(0, this.#world.wall() - frame.stamped)
    const entry = this.#servable(key, bytes, this.#floors.era)
    if (entry !== undefined) return { ...told, entry, age }
    return {
      ...told,
      entry: undefined,
      age,
      flaw: 'its time is over, or something it belongs to was invalidated since',
    }
  }

  async close(): Promise<void> {
    this.#state.close()
    if (this.#disconnects) await this.#adapter.disconnect()
  }

  #learn(scopes: readonly Scope[]): void {
    this.#floors.raise(scopes)
    this.#follower?.invalidated(scopes)
  }

  /** The reign must be known before anything is written in it. */
  async #known(): Promise<void> {
    if (this.#state.floors === undefined) await this.#state.fresh()
  }

  #each(entries: readonly Sealed[], work: (entry: Sealed) => Promise<Keeping>): Promise<readonly Keeping[]> {
    return Promise.all(entries.map((entry) => this.#turns.put([entry.key], NO_TAGS, () => work(entry))))
  }

  /** Only an entry that carries a version is compared: the others cost no extra call. */
  async #isOutranked(entry: Sealed): Promise<boolean> {
    if (entry.version === undefined) return false
    const frame = await this.#adapter.get(this.#names.of(entry.key))
    return outranks(this.#servable(entry.key, frame, this.#floors.era), entry)
  }

  /** Nothing known at this moment may stand against the entry: it is born now. */
  async #keep(entry: Sealed): Promise<Keeping> {
    const { reign, era } = this.#state.floors!
    const now = this.#world.mono()
    const left = remaining(entry, now)
    if (left === 0) return 'refused'
    const stamped = this.#world.wall()
    const { found, codec, payload, deadline, tags, version, upkeep } = entry
    const storedUpkeep = upkeep && upkeepThere(upkeep, deadline, stamped - now)
    const frame = packFrame({ key: entry.key, found, codec, payload, tags, version, storedUpkeep })
    stampFrame(frame, { reign, born: era, stamped, deadAt: stamped + left })
    await this.#adapter.set(this.#names.of(entry.key), frame, left)
    return 'kept'
  }

  /** The entry in a frame that was asked for when the era was `since`, if it may be served. */
  #servable(key: string, bytes: Uint8Array | undefined, since: Era): Sealed | undefined {
    const floors = this.#state.floors
    const frame = bytes && openFrame(bytes)
    if (frame === undefined || floors === undefined) return undefined
    const { reign, born, tags, stamped, deadAt, keyEcho, found, codec, payload, version, storedUpkeep } = frame
    if (keyEcho !== key || reign !== floors.reign || !floors.admits(key, born, tags)) return undefined
    // A clock that was set back must not lengthen a life.
    const now = Math.max(this.#world.wall(), stamped)
    if (!(deadAt > now)) return undefined
    const ahead = now - this.#world.mono()
    const upkeep = storedUpkeep && upkeepHere(storedUpkeep, ahead)
    const entry = new SealedFact(key, found, codec, payload, since, deadAt - ahead, tags, version, upkeep)
    // What was invalidated in this process meanwhile is not told any more.
    return this.#floors.barrier(entry) === undefined ? entry : undefined
  }

  async #remove(key: string): Promise<void> {
    await this.#turns.put([key], NO_TAGS, () => this.#adapter.delete(this.#names.of(key)))
  }

  /** The floors stand already; this gives the space back. */
  async #empty(scopes: readonly Scope[]): Promise<void> {
    if (!this.#isExclusive || !scopes.some(({ kind }) => kind === 'all')) return
    await this.#turns.remove([EVERYTHING], () => this.#adapter.clear())
  }
}

type CheckedOptions = ReturnType<typeof readOptions<typeof keyvStoreSchema>>

function prefixText(value: unknown, where: string): string {
  const prefix = text(50)(value, where)
  return /^[\x21-\x7e]+$/.test(prefix) ? prefix : expected('printable ASCII without spaces', value, where)
}

function staleness(value: unknown, where: string): number {
  const length = milliseconds(value, where)
  const isUsable = length >= 100 && length !== Number.POSITIVE_INFINITY
  return isUsable ? length : expected('a finite duration of at least 100 ms', value, where)
}

function flag(value: unknown, where: string): boolean {
  return typeof value === 'boolean' ? value : expected('true or false', value, where)
}
