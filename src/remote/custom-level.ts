import { Floors } from '../coherence/floors.ts'
import { Turns } from '../coherence/turns.ts'
import { isDead, isStale, remaining } from '../entry/age.ts'
import { bornAt, type Entry, endingAt, expired, NO_TAGS, outranks } from '../entry/entry.ts'
import { type Era, UNCHECKED } from '../entry/era.ts'
import { type Finding, judged, NOTHING_FOUND } from '../entry/finding.ts'
import { EVERYTHING, keepsStale, keyScope, type Scope } from '../entry/scope.ts'
import type { Explains, Keeping, Level, LevelTraits, Reading, Scans } from '../level.ts'
import { NO_TRAITS } from '../level.ts'
import type { World } from '../world/world.ts'
import { type Box, Boxes } from './box.ts'

/** The three verbs of a store of your own, and two it may have besides. */
export interface StoreVerbs {
  get(key: string): unknown
  set(key: string, box: Box, ttl: number | undefined): unknown
  delete(key: string): unknown
  readonly clear: (() => unknown) | undefined
  readonly keys: (() => AsyncIterable<string> | Iterable<string>) | undefined
}

/** How a {@link CustomLevel} behaves. */
export interface CustomSettings {
  readonly name: string
  /** Milliseconds. */
  readonly timeout: number
  /** Milliseconds; caps the time an entry stays here. */
  readonly ttl: number
}

/**
 * A store that knows only `get`, `set` and `delete`, as a level.
 *
 * It has no floors and no eras, so this process keeps them for it: the level is coherent within one
 * process, and among processes as far as their deadlines go. Calls that concern the same key go out
 * one after another; one that hangs holds up its own key only.
 */
export class CustomLevel implements Level, Scans, Explains {
  readonly name: string
  readonly timeout: number
  readonly traits: LevelTraits
  readonly #verbs: StoreVerbs
  readonly #world: World
  readonly #ttl: number
  readonly #boxes: Boxes
  readonly #floors = new Floors()
  readonly #turns = new Turns()

  constructor(verbs: StoreVerbs, { name, timeout, ttl }: CustomSettings, world: World) {
    this.name = name
    this.timeout = timeout
    this.traits = { ...NO_TRAITS, scans: verbs.keys && this, explains: this, softens: true }
    this.#verbs = verbs
    this.#world = world
    this.#ttl = ttl
    this.#boxes = new Boxes(world)
  }

  get era(): Era {
    return this.#floors.era
  }

  /** The entry in what the store holds under the key, if it may be served. */
  servable(key: string, held: unknown): Entry | undefined {
    const entry = this.#boxes.unpack(key, held)
    if (entry === undefined || isDead(entry, this.#world.tick())) return undefined
    if (this.#floors.barrier(entry) !== undefined) return undefined
    return this.#floors.expiry(entry) === undefined ? entry : expired(entry, this.#world.tick())
  }

  async read(keys: readonly string[]): Promise<Reading> {
    const { era } = this
    // One that throws at once leaves none of the others behind, whose rejection nobody would hear.
    const held = await Promise.all(keys.map(async (key) => this.#verbs.get(key)))
    return { eras: keys.map(() => era), entries: keys.map((key, n) => this.servable(key, held[n])) }
  }

  write(entries: readonly Entry[]): Promise<readonly Keeping[]> {
    return this.#each(entries, async (entry) => {
      if (!this.#floors.admits(entry) || (await this.#isOutranked(entry))) return 'superseded'
      return this.#keep(entry)
    })
  }

  replace(entries: readonly Entry[]): Promise<readonly Keeping[]> {
    return this.#each(entries, async (entry) => {
      if (await this.#isOutranked(entry)) return 'superseded'
      if (entry.born !== UNCHECKED && !this.#floors.admits(entry)) {
        this.#floors.raise([keyScope(entry.key)])
        await this.#verbs.delete(entry.key)
        return 'superseded'
      }
      const born = this.#floors.raise([keyScope(entry.key)])
      const keeping = await this.#keep(bornAt(entry, born))
      if (keeping === 'refused') await this.#verbs.delete(entry.key)
      return keeping
    })
  }

  async raise(scopes: readonly Scope[]): Promise<Era> {
    const era = this.#floors.raise(scopes)
    await Promise.all(scopes.map((scope) => this.#remove(scope)))
    return era
  }

  async *keys(prefix: string): AsyncGenerator<string | undefined> {
    for await (const key of this.#verbs.keys?.() ?? []) {
      const entry = key.startsWith(prefix) ? this.servable(key, await this.#verbs.get(key)) : undefined
      yield entry?.found === true && !isStale(entry, this.#world.tick()) ? key : undefined
    }
  }

  /** The store's own recency is its own affair: it cannot be asked without a `get`. */
  async explain(key: string): Promise<Finding> {
    const held = await this.#verbs.get(key)
    const entry = this.#boxes.unpack(key, held)
    const flaw =
      entry === undefined && held !== undefined && held !== null ? 'what lies there is none of ours' : undefined
    const floors = this.#floors.covering(key, entry?.tags ?? NO_TAGS)
    const [barredBy, expiredBy] = entry === undefined ? [] : [this.#floors.barrier(entry), this.#floors.expiry(entry)]
    return {
      ...NOTHING_FOUND,
      ...judged(entry, barredBy, expiredBy, (each) => expired(each, this.#world.tick())),
      flaw,
      floors,
    }
  }

  async close(): Promise<void> {}

  #each(entries: readonly Entry[], work: (entry: Entry) => Promise<Keeping>): Promise<readonly Keeping[]> {
    return Promise.all(entries.map((entry) => this.#turns.put([entry.key], NO_TAGS, () => work(entry))))
  }

  /** Only an entry that carries a version is compared: the others cost no extra call. */
  async #isOutranked(entry: Entry): Promise<boolean> {
    if (entry.version === undefined) return false
    return outranks(this.servable(entry.key, await this.#verbs.get(entry.key)), entry)
  }

  async #keep(entry: Entry): Promise<Keeping> {
    const now = this.#world.tick()
    const capped = now + this.#ttl < entry.deadline ? endingAt(entry, now + this.#ttl) : entry
    const left = remaining(capped, now)
    if (left === 0) return 'refused'
    await this.#verbs.set(entry.key, this.#boxes.pack(capped), left === Number.POSITIVE_INFINITY ? undefined : left)
    return 'kept'
  }

  /** The floor stands already: what cannot be removed is not served either. */
  async #remove(scope: Scope): Promise<void> {
    const { clear, keys } = this.#verbs
    if (scope.kind === 'key') await this.#turns.put([scope.key], NO_TAGS, async () => this.#verbs.delete(scope.key))
    else if (scope.kind === 'all' && clear !== undefined && !keepsStale(scope))
      await this.#turns.remove([EVERYTHING], async () => clear())
    else if (scope.kind === 'prefix' && keys !== undefined) await this.#removePrefix(scope.prefix, keys)
    else if (scope.kind === 'all' && keys !== undefined && keepsStale(scope)) await this.#removePrefix('', keys)
  }

  async #removePrefix(prefix: string, keys: () => AsyncIterable<string> | Iterable<string>): Promise<void> {
    for await (const key of keys()) {
      if (key.startsWith(prefix)) await this.#turns.put([key], NO_TAGS, () => this.#removeBarred(key))
    }
  }

  /** Something new may have come since the floor was raised. */
  async #removeBarred(key: string): Promise<void> {
    if (this.servable(key, await this.#verbs.get(key)) === undefined) await this.#verbs.delete(key)
  }
}
