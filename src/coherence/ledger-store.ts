import { isDead, remaining } from '../entry/age.ts'
import { NO_TAGS } from '../entry/entry.ts'
import { DAWN, type Era, UNCHECKED } from '../entry/era.ts'
import { NUMBER, openFrame, packFrame } from '../entry/frame.ts'
import { type KeyScope, keyScope, type Scope } from '../entry/scope.ts'
import { TerraceError } from '../errors.ts'
import type { Follower, Hearing, Keeping, Lease, Leases, Scans, Shares } from '../level.ts'
import type { Framed, Invalidation, Kept, Ledger, Listener } from '../stores/ledger.ts'
import type { Sealed, SealedAmends, Store, StoreReading, StoreTraits } from '../stores/store.ts'
import type { Cancel, World } from '../world/world.ts'
import { hex, ShardLink } from './shard-link.ts'
import { byShard, everywhere } from './shards.ts'
import { StoreClock } from './store-clock.ts'

/** How a {@link LedgerStore} behaves. */
export interface LedgerSettings {
  /** Milliseconds a call may take: the store refuses a mutation that arrives later. */
  readonly timeout: number
  /** Milliseconds this process may go without proof that it has heard everything. */
  readonly maxStaleness: number
}

/** How often a store is asked whether anything was missed, within `maxStaleness`. */
const PULSES = 5
const SHORTEST_PULSE = 20

/** A process's side of a ledger: see `decisions/0005-ledger.md`. */
export class LedgerStore implements Store, Shares, Leases, Scans, SealedAmends, Listener {
  readonly traits: StoreTraits
  readonly hearing: Hearing
  readonly maxStaleness: number
  readonly duration: number
  readonly #ledger: Ledger
  readonly #world: World
  readonly #clock: StoreClock
  readonly #origin: string
  readonly #links: readonly ShardLink[]
  #follower: Follower | undefined
  #provenUntil = Number.NEGATIVE_INFINITY
  #started = false
  #cancel: Cancel | undefined

  constructor(ledger: Ledger, { timeout, maxStaleness }: LedgerSettings, world: World) {
    this.#ledger = ledger
    this.#world = world
    this.maxStaleness = maxStaleness
    this.duration = ledger.leaseTime
    this.hearing = ledger.listen === undefined ? 'pulse' : 'feed'
    this.traits = {
      shares: this,
      leases: this,
      amends: this,
      scans: this,
      informs: ledger.info === undefined ? undefined : { info: ledger.info },
    }
    this.#clock = new StoreClock(world)
    this.#origin = hex(world, 16)
    const context = {
      ledger,
      world,
      clock: this.#clock,
      origin: this.#origin,
      timeout,
      follower: {
        invalidated: (scopes: readonly Scope[]) => this.#follower?.invalidated(scopes),
        lost: () => this.#follower?.lost(),
        settled: (keys: readonly string[]) => this.#follower?.settled(keys),
      },
      proved: () => this.#proved(),
    }
    this.#links = Array.from({ length: ledger.shards }, (_, shard) => new ShardLink(shard, context))
  }

  get provenUntil(): number {
    return this.#provenUntil
  }

  async prove(key: string): Promise<boolean> {
    try {
      await this.#ready(this.#link(key))
      return true
    } catch {
      return false
    }
  }

  eraOf(key: string): Era | undefined {
    const { mirror } = this.#link(key)
    return mirror.point === undefined ? undefined : mirror.birth
  }

  /** Begins to listen, and to ask. */
  follow(follower: Follower): void {
    this.#follower = follower
    this.#start()
  }

  async read(keys: readonly string[]): Promise<StoreReading> {
    const links = keys.map((key) => this.#link(key))
    for (const link of links) if (!this.#isReady(link)) await this.#ready(link)
    const eras = links.map(({ mirror }) => mirror.birth)
    const frames = await this.#ledger.get(keys)
    return { eras, entries: frames.map((frame, n) => this.#judge(keys[n]!, links[n]!, frame)) }
  }

  async write(entries: readonly Sealed[]): Promise<readonly Keeping[]> {
    return this.#keep(entries, false)
  }

  async replace(entries: readonly Sealed[]): Promise<readonly Keeping[]> {
    return this.#keep(entries, true)
  }

  async raise(scopes: readonly Scope[]): Promise<Era> {
    const wide = scopes.filter(({ kind }) => kind !== 'key')
    const shards: Map<number, Scope[]> = this.#byShard(
      scopes.filter((scope): scope is KeyScope => scope.kind === 'key'),
    )
    if (wide.length > 0)
      for (const shard of this.#links.keys()) shards.set(shard, [...(shards.get(shard) ?? []), ...wide])
    const births = await everywhere(shards, async (shard, own: readonly Scope[]) => {
      const link = await this.#readied(shard)
      const step = await link.step(
        () => own,
        (terms) => this.#ledger.raise(shard, own, terms),
      )
      this.#sweep(shard, own)
      return link.mirror.birthOf(step.reign, step.era) ?? link.mirror.birth
    })
    return Math.max(0, ...births)
  }

  async lease(keys: readonly string[]): Promise<readonly Lease[]> {
    const leases = new Map<string, Lease>()
    await everywhere(this.#byShard(keys.map(keyScope)), async (shard, scopes) => {
      const link = await this.#readied(shard)
      const own = scopes.map(({ key }) => key)
      const sent = this.#world.mono()
      const answer = await this.#ledger.lease(shard, own, this.#origin)
      link.answered(answer, sent)
      const era = link.mirror.birth
      for (const [n, told] of answer.leases.entries()) {
        if (told === 'granted') leases.set(own[n]!, { kind: 'granted', era })
        else leases.set(own[n]!, told === 'filled' ? { kind: 'filled' } : { kind: 'taken', ms: told })
      }
    })
    return keys.map((key) => leases.get(key)!)
  }

  async release(keys: readonly string[]): Promise<void> {
    await everywhere(this.#byShard(keys.map(keyScope)), (shard, own) => {
      return this.#ledger.release(
        shard,
        own.map(({ key }) => key),
        this.#origin,
      )
    })
  }

  async increment(key: string, by: number, end: number | undefined, fresh: number): Promise<Sealed | undefined> {
    const shard = this.#ledger.shardOf(key)
    const link = await this.#readied(shard)
    const now = this.#world.tick()
    const ttl = end === undefined ? undefined : Math.max(0, end - now)
    const payload = Buffer.alloc(8)
    payload.writeDoubleLE(by)
    const start = {
      key,
      found: true,
      codec: NUMBER,
      payload,
      born: UNCHECKED,
      deadline: fresh,
      tags: NO_TAGS,
      version: undefined,
    }
    const framed = framedIn(start, { born: UNCHECKED, link: '' }, now)
    const { frame } = await link.step(
      () => [keyScope(key)],
      (terms) => this.#ledger.increment(shard, framed, by, ttl, terms),
    )
    return this.#judge(key, link, frame)
  }

  async expire(key: string, deadline: number): Promise<boolean> {
    const shard = this.#ledger.shardOf(key)
    const link = await this.#readied(shard)
    const ttl = Math.max(0, deadline - this.#world.tick())
    const { found } = await link.step(
      () => [keyScope(key)],
      (terms) => this.#ledger.expire(shard, key, ttl, terms),
    )
    return found
  }

  async *keys(prefix: string): AsyncGenerator<string> {
    const told = new Set<string>()
    for await (const key of this.#ledger.keys(prefix)) {
      if (told.has(key)) continue
      told.add(key)
      const { entries } = await this.read([key])
      if (entries[0]?.found === true) yield key
    }
  }

  async close(): Promise<void> {
    this.#started = true
    this.#cancel?.()
    this.#cancel = undefined
    this.#follower = undefined
    for (const link of this.#links) link.close()
    await this.#ledger.close()
  }

  invalidated(shard: number, step: Invalidation): void {
    this.#links[shard]?.heard(step)
  }

  settled(_: number, keys: readonly string[]): void {
    this.#follower?.settled(keys)
  }

  interrupted(): void {
    this.#askAll()
  }

  #link(key: string): ShardLink {
    return this.#links[this.#ledger.shardOf(key)]!
  }

  #isReady(link: ShardLink): boolean {
    return link.isTrusted && link.provenAt + this.maxStaleness > this.#world.tick()
  }

  #ready(link: ShardLink): Promise<void> {
    this.#start()
    return link.ready(this.#world.mono() - this.maxStaleness)
  }

  async #readied(shard: number): Promise<ShardLink> {
    const link = this.#links[shard]!
    await this.#ready(link)
    return link
  }

  #byShard<T extends { readonly key: string }>(items: readonly T[]): Map<number, T[]> {
    return byShard(items, ({ key }) => this.#ledger.shardOf(key))
  }

  /** The entry in a frame, if it may be served. */
  #judge(key: string, link: ShardLink, frame: Uint8Array | undefined): Sealed | undefined {
    if (!link.isTrusted) throw new TerraceError('ERR_LEVEL_TIMEOUT', 'the history of a shard has changed meanwhile')
    const opened = frame && openFrame(frame)
    if (opened === undefined || (opened.keyEcho !== undefined && opened.keyEcho !== key)) return undefined
    const { found, codec, payload, tags, version, reign, born: era, deadAt } = opened
    const born = link.mirror.birthOf(reign, era)
    if (born === undefined || !link.mirror.admits(key, era, tags)) return undefined
    const entry = { key, found, codec, payload, born, deadline: this.#clock.monoAt(deadAt), tags, version }
    return isDead(entry, this.#world.mono()) ? undefined : entry
  }

  async #keep(entries: readonly Sealed[], isReplacement: boolean): Promise<readonly Keeping[]> {
    const keepings = new Map<string, Keeping>()
    await everywhere(this.#byShard(entries), async (shard, own) => {
      const link = await this.#readied(shard)
      const now = this.#world.tick()
      const frames: Framed[] = []
      for (const entry of own) {
        keepings.set(entry.key, 'superseded')
        const origin = entry.born === UNCHECKED ? { born: UNCHECKED, link: '' } : link.mirror.originOf(entry.born)
        // A replacement that was overtaken still removes what lies there: no history has an empty link.
        if (origin !== undefined || isReplacement) frames.push(framedIn(entry, origin ?? { born: DAWN, link: '' }, now))
      }
      if (frames.length === 0) return
      const told = await link.step(
        ({ keepings: outcomes }: Kept) =>
          isReplacement ? frames.filter((_, n) => outcomes[n] !== 'superseded').map(({ key }) => keyScope(key)) : [],
        (terms) =>
          isReplacement ? this.#ledger.replace(shard, frames, terms) : this.#ledger.fill(shard, frames, terms),
      )
      for (const [n, { key }] of frames.entries()) keepings.set(key, told.keepings[n]!)
    })
    return entries.map(({ key }) => keepings.get(key)!)
  }

  /** Gives back the memory of what is not served any more; nothing depends on it. */
  #sweep(shard: number, scopes: readonly Scope[]): void {
    for (const scope of scopes) {
      if (scope.kind !== 'prefix' && scope.kind !== 'all') continue
      const work = this.#ledger.sweep(shard, scope.kind === 'prefix' ? scope.prefix : '')
      this.#world.background(
        work.catch(() => undefined),
        'sweeping a ledger',
      )
    }
  }

  #start(): void {
    if (this.#started) return
    this.#started = true
    const listening = this.#ledger.listen?.(this)
    // Without the feed there are still the pulses; the ledger tries again by itself.
    if (listening !== undefined)
      this.#world.background(
        listening.catch(() => undefined),
        'listening to a ledger',
      )
    this.#pulse()
  }

  #pulse(): void {
    const pause = Math.max(SHORTEST_PULSE, this.maxStaleness / PULSES)
    this.#cancel = this.#world.after(pause, () => {
      this.#pulse()
      const since = this.#world.mono() - pause
      for (const link of this.#links) if (link.provenAt <= since) this.#ask(link)
    })
  }

  #askAll(): void {
    for (const link of this.#links) this.#ask(link)
  }

  #ask(link: ShardLink): void {
    this.#world.background(
      link.ask().catch(() => undefined),
      'asking a ledger what happened',
    )
  }

  #proved(): void {
    let least = Number.POSITIVE_INFINITY
    for (const { provenAt } of this.#links) if (provenAt < least) least = provenAt
    this.#provenUntil = least + this.maxStaleness
  }
}

function framedIn(entry: Sealed, { born, link }: { born: Era; link: string }, now: number): Framed {
  const { key, tags, version } = entry
  return { key, frame: packFrame(entry), born, link, ttl: remaining(entry, now), tags, version }
}
