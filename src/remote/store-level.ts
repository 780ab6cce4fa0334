import type { Codec, CodecTable } from '../codecs/codec.ts'
import { codecTable } from '../codecs/index.ts'
import { openValue, sealValue } from '../codecs/seal.ts'
import { type Entry, endingAt, Fact } from '../entry/entry.ts'
import type { Era } from '../entry/era.ts'
import type { Finding } from '../entry/finding.ts'
import { ReadingOf } from '../entry/reading-of.ts'
import { keyScope, type Scope } from '../entry/scope.ts'
import { messageOf } from '../errors.ts'
import type { Backend } from '../events.ts'
import type { Amends, Explains, Keeping, Level, LevelContext, LevelTraits, Reading } from '../level.ts'
import { NO_TRAITS } from '../level.ts'
import type { Meeting } from '../stores/meeting.ts'
import type { Sealed, Store } from '../stores/store.ts'

/** How a {@link StoreLevel} behaves. */
export interface StoreLevelSettings {
  readonly name: string
  /** Milliseconds one call may take. */
  readonly timeout: number
  /** Milliseconds; caps the time an entry stays here. */
  readonly ttl: number
  /** Seals the values. What it cannot carry is refused. */
  readonly codec: Codec
  /** See `LevelTraits`. */
  readonly loading?: Promise<void> | undefined
  /** See `LevelTraits`. */
  readonly meets?: Meeting | undefined
  /** See `LevelTraits`. */
  readonly backend?: Backend | undefined
}

/** A store as a level: values become bytes on the way down, and bytes values on the way up. */
export class StoreLevel implements Level, Amends, Explains {
  readonly name: string
  readonly timeout: number
  readonly traits: LevelTraits
  readonly #store: Store
  readonly #context: LevelContext
  readonly #ttl: number
  readonly #codec: Codec
  readonly #codecs: CodecTable

  constructor(
    store: Store,
    { name, timeout, ttl, codec, loading, meets, backend }: StoreLevelSettings,
    context: LevelContext,
  ) {
    const { scans, shares, leases, amends, informs, softens, explains, spreads } = store.traits
    this.name = name
    this.timeout = timeout
    // A codec that guards its values lets no store count.
    const counts = amends !== undefined && codec.guards !== true
    this.traits = {
      ...NO_TRAITS,
      loading,
      scans,
      shares,
      leases,
      informs,
      softens,
      spreads,
      meets,
      backend,
      amends: counts ? this : undefined,
      explains: explains && this,
    }
    this.#store = store
    this.#context = context
    this.#ttl = ttl
    this.#codec = codec
    this.#codecs = codecTable(codec)
  }

  async read(keys: readonly string[]): Promise<Reading> {
    const { eras, entries } = await this.#store.read(keys)
    const opened = entries.map((sealed) => sealed && this.#open(sealed))
    return new ReadingOf(eras, opened)
  }

  async write(entries: readonly Entry[]): Promise<readonly Keeping[]> {
    const sealed = entries.map((entry) => this.#seal(entry))
    const carried = sealed.filter((each) => each !== undefined)
    const keepings = carried.length === 0 ? [] : await this.#store.write(carried)
    return spread(sealed, keepings)
  }

  async replace(entries: readonly Entry[]): Promise<readonly Keeping[]> {
    const sealed = entries.map((entry) => this.#seal(entry))
    const carried = sealed.filter((each) => each !== undefined)
    const refused = entries.filter((_, n) => sealed[n] === undefined)
    // What lies under the key of a value that cannot be carried is not the truth any more.
    if (refused.length > 0) await this.#store.raise(refused.map(({ key }) => keyScope(key)))
    const keepings = carried.length === 0 ? [] : await this.#store.replace(carried)
    return spread(sealed, keepings)
  }

  raise(scopes: readonly Scope[]): Promise<Era> {
    return this.#store.raise(scopes)
  }

  async increment(key: string, by: number, end: number | undefined, fresh: number): Promise<Entry | undefined> {
    const latest = this.#context.world.tick() + this.#ttl
    const capped = end === undefined ? undefined : Math.min(end, latest)
    const sealed = await this.#store.traits.amends!.increment(key, by, capped, Math.min(fresh, latest))
    return sealed && this.#open(sealed)
  }

  expire(key: string, deadline: number): Promise<boolean> {
    return this.#store.traits.amends!.expire(key, Math.min(deadline, this.#context.world.tick() + this.#ttl))
  }

  async explain(key: string): Promise<Finding> {
    const found = await this.#store.traits.explains!.explain(key)
    const sealed = found.entry
    if (sealed === undefined) return { ...found, entry: undefined, codec: undefined }
    const codec = sealed.found ? (this.#codecs.get(sealed.codec)?.name ?? `number ${sealed.codec}`) : undefined
    const flaw = (text: string): Finding => ({ ...found, entry: undefined, codec, flaw: found.flaw ?? text })
    try {
      const value = sealed.found ? openValue(this.#codecs, key, sealed.codec, sealed.payload) : undefined
      if (sealed.found && value === undefined) return flaw('its value is undefined, which is none')
      const { born, deadline, tags, version, upkeep } = sealed
      return { ...found, codec, entry: new Fact(key, sealed.found, value, born, deadline, tags, version, upkeep) }
    } catch (reason) {
      return flaw(`it cannot be read: ${messageOf(reason)}`)
    }
  }

  close(): Promise<void> {
    return this.#store.close()
  }

  #seal(entry: Entry): Sealed | undefined {
    const latest = this.#context.world.tick() + this.#ttl
    const { key, found, value, born, deadline, tags, version, upkeep } =
      latest < entry.deadline ? endingAt(entry, latest) : entry
    try {
      const { codec, payload } = sealValue(this.#codec, key, found, value)
      return { key, found, codec, payload, born, deadline, tags, version, upkeep }
    } catch (reason) {
      this.#context.report?.({ type: 'refused', key, level: this.name, reason })
      return undefined
    }
  }

  /** What cannot be opened is not there: it is fetched and written anew. */
  #open({ key, found, codec, payload, born, deadline, tags, version, upkeep }: Sealed): Entry | undefined {
    try {
      const value = found ? openValue(this.#codecs, key, codec, payload) : undefined
      if (found && value === undefined) return undefined
      return new Fact(key, found, value, born, deadline, tags, version, upkeep)
    } catch (reason) {
      this.#context.report?.({ type: 'damaged', key, level: this.name, reason })
      return undefined
    }
  }
}

function spread(sealed: readonly (Sealed | undefined)[], keepings: readonly Keeping[]): Keeping[] {
  let next = 0
  return sealed.map((each) => (each === undefined ? 'refused' : keepings[next++]!))
}
