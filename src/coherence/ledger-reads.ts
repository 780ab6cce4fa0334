import { isDead } from '../entry/age.ts'
import type { Era } from '../entry/era.ts'
import { type Opened, openFrame } from '../entry/frame.ts'
import { ReadingOf } from '../entry/reading-of.ts'
import { upkeepHere } from '../entry/upkeep.ts'
import { TerraceError } from '../errors.ts'
import { IN_TIME } from '../level-spread.ts'
import { within } from '../remote/deadline.ts'
import type { Ledger } from '../stores/ledger.ts'
import { expiredSealed, type Sealed, SealedFact, type StoreReading } from '../stores/store.ts'
import type { World } from '../world/world.ts'
import type { ShardLink } from './shard-link.ts'
import { byShard, everyOne } from './shards.ts'
import type { StoreClock } from './store-clock.ts'
import { StrangeBirths } from './strange-births.ts'

/** What {@link LedgerReads} works with. */
export interface ReadContext {
  readonly ledger: Ledger
  readonly world: World
  readonly clock: StoreClock
  readonly links: readonly ShardLink[]
  /** Milliseconds a read may take. */
  readonly timeout: number
  /** Whether a shard's history is known and proven at this moment of `World.tick()`. */
  readonly isReady: (link: ShardLink, now: number) => boolean
  /** Resolves when it is; rejects if it cannot be. */
  readonly ready: (link: ShardLink) => Promise<void>
  /** Whether a store above is given what is read here: see `Follower.carriesOn`. */
  readonly carriesOn: () => boolean
}

/** A frame that may be of another history than is known. */
const DOUBTFUL = Symbol('doubtful')
type Judged = (Sealed | undefined)[]

/** Reads frames from a ledger and judges which of them may be served. */
export class LedgerReads {
  readonly #context: ReadContext
  /** Only of shards in which there were any. */
  readonly #strange = new Map<ShardLink, StrangeBirths>()

  constructor(context: ReadContext) {
    this.#context = context
  }

  read(keys: readonly string[]): Promise<StoreReading> {
    const { ledger, links } = this.#context
    if (keys.length === 0) return Promise.resolve({ eras: [], entries: [] })
    if (ledger.isSpread) return this.#readApart(keys)
    const own = keys.map((key) => links[ledger.shardOf(key)]!)
    return this.#readFrom(ledger, keys, own)
  }

  /** What a frame holds, born at `born` of this process's reckoning. */
  sealed(key: string, { found, codec, payload, tags, version, deadAt, storedUpkeep }: Opened, born: Era): Sealed {
    const { clock } = this.#context
    const upkeep = storedUpkeep && upkeepHere(storedUpkeep, clock.ahead)
    return new SealedFact(key, found, codec, payload, born, clock.monoAt(deadAt), tags, version, upkeep)
  }

  /** Each shard on its own: of one that fails, or hangs, nothing is known, and the others answer. */
  async #readApart(keys: readonly string[]): Promise<StoreReading> {
    const { ledger, links, world, timeout } = this.#context
    const eras = new Map<string, Era>()
    const entries = new Map<string, Sealed | undefined>()
    const reads = [...byShard(keys, (key) => ledger.shardOf(key))].map(async ([shard, own]) => {
      const link = links[shard]!
      const reading = this.#readFrom(
        link,
        own,
        own.map(() => link),
      )
      const told = await within(world, timeout * IN_TIME, reading, `shard ${shard}`, () => undefined)
      for (const [n, key] of own.entries()) {
        entries.set(key, told.entries[n])
        eras.set(key, told.eras[n]!)
      }
    })
    const failed = (await Promise.allSettled(reads)).filter((outcome) => outcome.status === 'rejected')
    if (failed.length === reads.length) throw failed[0]!.reason
    return { eras: keys.map((key) => eras.get(key) ?? Number.NaN), entries: keys.map((key) => entries.get(key)) }
  }

  /** @param links of the shards of the keys, one a key */
  async #readFrom(
    source: Pick<Ledger, 'get'>,
    keys: readonly string[],
    links: readonly ShardLink[],
  ): Promise<StoreReading> {
    const { world, isReady, ready, carriesOn } = this.#context
    const now = world.tick()
    // Nearly always all are ready: then nothing is awaited but the answer.
    if (!links.every((link) => isReady(link, now))) await everyOne(links, ready)
    const eras = links.map(({ mirror }) => mirror.birth)
    const upToDate = carriesOn() ? everyOne(links, (link) => link.askAnew()) : undefined
    const asked = source.get(keys)
    const frames = await (upToDate === undefined ? asked : Promise.all([asked, upToDate]).then(([told]) => told))
    const read = world.mono()
    const judge = (isLast: boolean) =>
      keys.map((key, n) => this.#judge(key, links[n]!, frames[n], read, eras[n]!, isLast))
    const entries = judge(false)
    if (!entries.includes(DOUBTFUL)) return new ReadingOf(eras, entries as Judged)
    const doubtful = links.filter((_, n) => entries[n] === DOUBTFUL)
    await everyOne(doubtful, (link) => link.askAnew())
    return new ReadingOf(eras, judge(true) as Judged)
  }

  /**
   * The entry in a frame that was read at the monotonic moment `now`, if it may be served. One that was asked for in
   * another history, when the birth of the day was `asked`, may be what that one had lost. Where it was born is
   * asked for where that was not heard of; what is of no history that is known even then, is not there. Nor is it
   * asked for again at once: see {@link StrangeBirths}.
   */
  #judge(
    key: string,
    link: ShardLink,
    frame: Uint8Array | undefined,
    now: number,
    asked: Era,
    isLast: boolean,
  ): Sealed | typeof DOUBTFUL | undefined {
    if (!link.isTrusted || !link.mirror.isOf(asked))
      throw new TerraceError('ERR_LEVEL_TIMEOUT', 'the history of a shard has changed meanwhile')
    const opened = frame && openFrame(frame)
    if (opened === undefined || (opened.keyEcho !== undefined && opened.keyEcho !== key)) return undefined
    const { reign, born: era, tags, version } = opened
    const born = link.mirror.birthOf(reign, era)
    if (born === undefined || !link.mirror.admits(key, era, tags, version)) return undefined
    if (link.mirror.placeOf(key, opened) !== 'here') {
      const strange = this.#strangeOf(link)
      if (isLast) strange.note(opened, now)
      return isLast || strange.has(opened, now) ? undefined : DOUBTFUL
    }
    const entry = this.sealed(key, opened, born)
    if (isDead(entry, now)) return undefined
    return link.mirror.expiry(key, era, tags) === undefined ? entry : expiredSealed(entry, now)
  }

  #strangeOf(link: ShardLink): StrangeBirths {
    const known = this.#strange.get(link)
    if (known !== undefined) return known
    const strange = new StrangeBirths(link.mirror)
    this.#strange.set(link, strange)
    return strange
  }
}
