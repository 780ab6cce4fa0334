import { isStale } from '../entry/age.ts'
import { DAWN, type Era } from '../entry/era.ts'
import { openFrame } from '../entry/frame.ts'
import type { KeyScope, Scope } from '../entry/scope.ts'
import type { Follower, Hearing, Keeping, Lease, Leases, Positions, Scans, Shares } from '../level.ts'
import { IN_TIME } from '../level-spread.ts'
import { within } from '../remote/deadline.ts'
import type { InTime, Ledger } from '../stores/ledger.ts'
import type {
  Sealed,
  SealedAmends,
  SealedExplains,
  SealedFinding,
  Store,
  StoreReading,
  StoreTraits,
} from '../stores/store.ts'
import type { World } from '../world/world.ts'
import { HeldUp } from './held-up.ts'
import { LedgerExplains } from './ledger-explains.ts'
import { LedgerHearing } from './ledger-hearing.ts'
import { LedgerPositions } from './ledger-positions.ts'
import { LedgerReads } from './ledger-reads.ts'
import { LedgerSpread } from './ledger-spread.ts'
import { shortScope } from './portions.ts'
import { hex } from './random-name.ts'
import { ShardDesk } from './shard-desk.ts'
import { ShardLink } from './shard-link.ts'
import { byShard, everywhere } from './shards.ts'
import { StoreClock } from './store-clock.ts'

/** How a {@link LedgerStore} behaves. */
export interface LedgerSettings {
  /** Milliseconds a call may take: the store refuses a mutation that arrives later. */
  readonly timeout: number
  /** Milliseconds this process may go without proof that it has heard everything. */
  readonly maxStaleness: number
  /** Settles when the ledger can be asked at all; never rejects. */
  readonly loading?: Promise<void> | undefined
}

/** A process's side of a ledger: see `decisions/0005-ledger.md`. */
export class LedgerStore implements Store, Shares, Leases, Scans, SealedAmends, SealedExplains {
  readonly traits: StoreTraits
  readonly tellsEnds: boolean
  readonly checksBirths = true
  readonly isAtHand: boolean
  readonly maxStaleness: number
  readonly positions: Positions
  readonly #timeout: number
  readonly duration: number
  readonly #ledger: Ledger
  readonly #world: World
  readonly #clock: StoreClock
  readonly #origin: string
  readonly #links: readonly ShardLink[]
  readonly #desks: readonly ShardDesk[]
  readonly #reads: LedgerReads
  readonly #hearing: LedgerHearing
  readonly #heldUp: HeldUp
  readonly #explains: LedgerExplains
  /** Where the shards lie on several servers. */
  readonly #spread: LedgerSpread | undefined
  #follower: Follower | undefined
  #provenUntil = Number.NEGATIVE_INFINITY

  constructor(ledger: Ledger, { timeout, maxStaleness, loading }: LedgerSettings, world: World) {
    this.#ledger = ledger
    this.#world = world
    this.maxStaleness = maxStaleness
    this.#timeout = timeout
    this.duration = ledger.leaseTime
    this.isAtHand = ledger.isAtHand === true
    this.tellsEnds = ledger.listen !== undefined
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
        met: () => this.#follower?.met(),
        owed: (scopes: readonly Scope[]) => this.#follower?.owed(scopes) ?? (() => undefined),
        settled: (keys: readonly string[]) => this.#follower?.settled(keys),
      },
      proved: () => this.#proved(),
    }
    this.#links = Array.from({ length: ledger.shards }, (_, shard) => new ShardLink(shard, context))
    this.#spread = ledger.isSpread ? new LedgerSpread({ ledger, world, links: this.#links }) : undefined
    const inTime: InTime = (answer) => within(world, timeout * IN_TIME, answer, 'a server', () => undefined)
    this.traits = {
      shares: this,
      leases: this,
      amends: this,
      scans: this,
      explains: this,
      softens: true,
      informs: ledger.info && { info: () => ledger.info!(inTime) },
      spreads: this.#spread,
    }
    const settled = (keys: readonly string[]) => this.#follower?.settled(keys)
    const heldUp = new HeldUp(world, { late: maxStaleness / 2, timeout })
    this.#heldUp = heldUp
    const hearing = { ledger, world, links: this.#links, maxStaleness, loading, settled, heldUp, spread: this.#spread }
    this.#hearing = new LedgerHearing(hearing)
    const carriesOn = () => this.#follower?.carriesOn === true
    const ready = (link: ShardLink) => this.#ready(link)
    const isReady = (link: ShardLink, now: number) => this.#isReady(link, now)
    const reads = { ledger, world, clock: this.#clock, links: this.#links, timeout, isReady, ready, carriesOn }
    this.#reads = new LedgerReads(reads)
    this.#explains = new LedgerExplains({ ledger, clock: this.#clock, origin: this.#origin })
    this.positions = new LedgerPositions({
      links: this.#links,
      shardOf: (key) => ledger.shardOf(key),
      inTime: async (link, ask) => {
        if (this.#hearing.loading !== undefined) await this.#hearing.loading
        this.#hearing.start()
        return this.#inTime(link, ask)
      },
    })
    const desk = { ledger, world, clock: this.#clock, origin: this.#origin, repeatsCounts: carriesOn, ready }
    this.#desks = this.#links.map((link, shard) => new ShardDesk(shard, link, desk))
  }

  get hearing(): Hearing {
    return this.#hearing.kind
  }

  get provenUntil(): number {
    return this.#provenUntil
  }

  async prove(key: string): Promise<boolean> {
    if (this.#hearing.loading !== undefined) await this.#hearing.loading
    const link = this.#link(key)
    if (this.#isReady(link, this.#world.tick())) return true
    return this.#inTime(link, () => this.#ready(link))
  }

  eraOf(key: string): Era | undefined {
    const { mirror } = this.#link(key)
    return mirror.point === undefined ? undefined : mirror.birth
  }

  eras(): (key: string) => Era | undefined {
    const births = this.#links.map(({ mirror }) => (mirror.point === undefined ? undefined : mirror.birth))
    return (key) => births[this.#ledger.shardOf(key)]
  }

  /** Begins to listen, and to ask. */
  follow(follower: Follower): void {
    this.#follower = follower
    this.#hearing.start()
  }

  read(keys: readonly string[]): Promise<StoreReading> {
    return this.#reads.read(keys)
  }

  write(entries: readonly Sealed[]): Promise<readonly Keeping[]> {
    return this.#byKey(entries, keyOf, (desk, own) => desk.fill(own))
  }

  replace(entries: readonly Sealed[]): Promise<readonly Keeping[]> {
    return this.#byKey(entries, keyOf, (desk, own) => desk.replace(own))
  }

  async raise(scopes: readonly Scope[]): Promise<Era> {
    const wide = scopes.filter(({ kind }) => kind !== 'key').map(shortScope)
    const keys = scopes.filter((scope): scope is KeyScope => scope.kind === 'key')
    const shards: Map<number, Scope[]> = byShard(keys, ({ key }) => this.#ledger.shardOf(key))
    if (wide.length > 0) {
      for (const shard of this.#links.keys()) shards.set(shard, [...(shards.get(shard) ?? []), ...wide])
    }
    const births = await everywhere(shards, (shard, own) => this.#desks[shard]!.raise(own))
    let highest = DAWN
    for (const own of births) for (const birth of own) if (birth > highest) highest = birth
    return highest
  }

  lease(keys: readonly string[]): Promise<readonly Lease[]> {
    return this.#byKey(keys, itself, (desk, own) => desk.lease(own))
  }

  async release(keys: readonly string[]): Promise<void> {
    const shards = byShard(keys, (key) => this.#ledger.shardOf(key))
    await everywhere(shards, (shard, own) => this.#ledger.release(shard, own, this.#origin))
  }

  async increment(key: string, by: number, end: number | undefined, fresh: number): Promise<Sealed | undefined> {
    const frame = await this.#desks[this.#ledger.shardOf(key)]!.increment(key, by, end, fresh)
    // What this step left there, whatever others have made of it since.
    const opened = frame && openFrame(frame)
    if (opened === undefined) return undefined
    return this.#reads.sealed(key, opened, this.#link(key).mirror.birthOf(opened.reign, opened.born) ?? DAWN)
  }

  expire(key: string, deadline: number): Promise<boolean> {
    return this.#desks[this.#ledger.shardOf(key)]!.expire(key, deadline)
  }

  async *keys(prefix: string): AsyncGenerator<string | undefined> {
    const told = new Set<string>()
    for await (const key of this.#ledger.keys(prefix)) {
      const isNew = key !== undefined && !told.has(key)
      if (isNew) told.add(key)
      const entry = isNew ? (await this.read([key])).entries[0] : undefined
      yield entry?.found === true && !isStale(entry, this.#world.mono()) ? key : undefined
    }
  }

  async explain(key: string): Promise<SealedFinding> {
    const link = this.#link(key)
    if (!this.#isReady(link, this.#world.tick())) await this.#ready(link)
    return this.#explains.explain(key, link)
  }

  async close(): Promise<void> {
    this.#hearing.close()
    this.#follower = undefined
    for (const link of this.#links) link.close()
    await this.#ledger.close()
  }

  #link(key: string): ShardLink {
    return this.#links[this.#ledger.shardOf(key)]!
  }

  #isReady(link: ShardLink, now: number): boolean {
    return link.isTrusted && link.provenAt + this.maxStaleness > now
  }

  /** Whether an answer comes in time. */
  async #inTime(link: ShardLink, ask: () => Promise<void>): Promise<boolean> {
    const proof = within(this.#world, this.#timeout, ask(), 'asking a ledger', () => undefined).then(
      () => true,
      () => false,
    )
    if (!link.isSilent || this.#heldUp.isRecent) return proof
    // Whoever has an answer already does not wait for a store that has just given none.
    this.#world.background(proof, 'asking a ledger that has not answered')
    return false
  }

  #ready(link: ShardLink): Promise<void> {
    this.#hearing.start()
    return this.#heldUp.isRecent ? this.#readyAfterPause(link) : this.#readyNow(link)
  }

  async #readyAfterPause(link: ShardLink): Promise<void> {
    const isProven = () => this.#isReady(link, this.#world.tick())
    if (!isProven() && !(await this.#heldUp.askAgain(link, isProven))) await this.#readyNow(link)
  }

  #readyNow(link: ShardLink): Promise<void> {
    const ready = link.ready(this.#world.mono() - this.maxStaleness)
    return this.#spread === undefined ? ready : this.#spread.unlessSilent(link, ready)
  }

  /** Hands in what concerns keys at the desks of their shards. Answers in order. */
  async #byKey<A, T>(
    items: readonly A[],
    key: (item: A) => string,
    hand: (desk: ShardDesk, own: readonly A[]) => Promise<readonly T[]>,
  ): Promise<readonly T[]> {
    this.#hearing.start()
    const shardOf = (item: A): number => this.#ledger.shardOf(key(item))
    if (items.length === 1) return hand(this.#desks[shardOf(items[0]!)]!, items)
    const answers = new Map<A, T>()
    await everywhere(byShard(items, shardOf), async (shard, own) => {
      const told = await hand(this.#desks[shard]!, own)
      for (const [n, item] of own.entries()) answers.set(item, told[n]!)
    })
    return items.map((item) => answers.get(item)!)
  }

  #proved(): void {
    let least = Number.POSITIVE_INFINITY
    for (const { provenAt } of this.#links) if (provenAt < least) least = provenAt
    this.#provenUntil = least + this.maxStaleness
  }
}

function keyOf({ key }: Sealed): string {
  return key
}

function itself(key: string): string {
  return key
}
