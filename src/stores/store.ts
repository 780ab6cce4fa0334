import type { Entry } from '../entry/entry.ts'
import type { Era } from '../entry/era.ts'
import type { Finding } from '../entry/finding.ts'
import type { Scope } from '../entry/scope.ts'
import { hasGrace, type Upkeep, upkeepExpired } from '../entry/upkeep.ts'
import type { Amends, Informs, Keeping, Leases, Scans, Shares, Spreads } from '../level.ts'

/**
 * An entry whose value is sealed in bytes. Born, deadline and upkeep mean what they mean in `Entry`: an era
 * the store handed out, and moments of this process's monotonic clock.
 */
export interface Sealed extends Omit<Entry, 'value' | 'upkeep'> {
  readonly upkeep: Upkeep | undefined
  /** Which codec made the payload: `codecs/codec.ts`. */
  readonly codec: number
  /** Empty where the source is known to have nothing. */
  readonly payload: Uint8Array
}

/** A sealed entry that was read: see `Fact` in `entry/entry.ts`. */
export class SealedFact implements Sealed {
  readonly key: string
  readonly found: boolean
  readonly codec: number
  readonly payload: Uint8Array
  readonly born: Era
  readonly deadline: number
  readonly tags: readonly string[]
  readonly version: number | undefined
  readonly upkeep: Upkeep | undefined

  constructor(
    key: string,
    found: boolean,
    codec: number,
    payload: Uint8Array,
    born: Era,
    deadline: number,
    tags: readonly string[],
    version: number | undefined,
    upkeep: Upkeep | undefined,
  ) {
    this.key = key
    this.found = found
    this.codec = codec
    this.payload = payload
    this.born = born
    this.deadline = deadline
    this.tags = tags
    this.version = version
    this.upkeep = upkeep
  }
}

/** The same, stale at the moment `now`; `undefined` where it cannot be. */
export function expiredSealed(sealed: Sealed, now: number): Sealed | undefined {
  const { key, found, codec, payload, born, deadline, tags, version, upkeep } = sealed
  if (!hasGrace(upkeep, deadline)) return undefined
  return new SealedFact(key, found, codec, payload, born, deadline, tags, version, upkeepExpired(upkeep, now))
}

/** What a store answers to a read: as `Reading`. */
export interface StoreReading {
  readonly eras: readonly Era[]
  readonly entries: readonly (Sealed | undefined)[]
}

/**
 * Bytes by key outside the process; knows no level, codec or cache. The verbs are those of `Level`,
 * and so is the rule: born at or after every floor that covers it.
 *
 * What a store reads was written by anybody: a frame that is damaged, of another version or another
 * key is not there.
 */
export interface Store {
  readonly traits: StoreTraits
  read(keys: readonly string[]): Promise<StoreReading>
  write(entries: readonly Sealed[]): Promise<readonly Keeping[]>
  replace(entries: readonly Sealed[]): Promise<readonly Keeping[]>
  raise(scopes: readonly Scope[]): Promise<Era>
  close(): Promise<void>
}

/** What a store can do besides: the traits of the level it becomes, each there or `undefined`. */
export interface StoreTraits {
  readonly scans: Scans | undefined
  readonly shares: Shares | undefined
  readonly leases: Leases | undefined
  readonly amends: SealedAmends | undefined
  readonly informs: Informs | undefined
  readonly softens?: boolean | undefined
  readonly explains?: SealedExplains | undefined
  readonly spreads?: Spreads | undefined
}

/** `Finding` of a sealed entry: who opens it knows the codec. */
export interface SealedFinding extends Omit<Finding, 'entry' | 'codec'> {
  readonly entry: Sealed | undefined
}

/** `Explains` over sealed entries. */
export interface SealedExplains {
  explain(key: string): Promise<SealedFinding>
}

/** `Amends` over sealed entries: numbers are sealed by the codec `NUMBER`, eight bytes. */
export interface SealedAmends {
  increment(key: string, by: number, deadline: number | undefined, fresh: number): Promise<Sealed | undefined>
  expire: Amends['expire']
}
