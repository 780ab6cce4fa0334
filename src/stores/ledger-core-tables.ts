import type { Era } from '../entry/era.ts'
import type { Invalidation } from './ledger.ts'

/** How much of its history a shard remembers, at most. */
export interface LedgerBounds {
  readonly keys: number
  readonly prefixes: number
  readonly tags: number
  readonly steps: number
  /** Bytes: a longer name of a key is left out of the log. */
  readonly names: number
}

export const LEDGER_BOUNDS: LedgerBounds = Object.freeze({
  keys: 10_000,
  prefixes: 100,
  tags: 10_000,
  steps: 1000,
  names: 1024,
})

/** The link of era 0. */
export const NO_LINK = '000000000000'

/**
 * What a shard consists of, as `LedgerCore` asks for it: synchronous, and either all changes of a
 * step are made or none. In memory that is so by itself; a file does it in one transaction.
 */
export interface LedgerTables {
  /**
   * The state; `undefined` unless it, the key floors and the wide floors are all there and of one
   * reign. A new object each time: the caller changes it.
   */
  state(): ShardState | undefined
  save(state: ShardState): void
  /** Makes all floors and the log empty, and saves the state of a new reign. Data and leases stay. */
  begin(state: ShardState): void
  /** What lies under a key, whatever it is. */
  frame(key: string): Uint8Array | undefined
  /** Keeps the frame, or a copy of it where the caller's could change. From `deadAt` on (`Infinity`: never) it may vanish. */
  put(key: string, frame: Uint8Array, deadAt: number): void
  remove(key: string): void
  readonly keyFloors: FloorTable
  readonly prefixFloors: FloorTable
  readonly tagFloors: FloorTable
  readonly log: LogTable
  readonly leases: LeaseTable
}

/** One row. A new reign begins with era 0, a link of zeros and no floors. */
export interface ShardState {
  reign: string
  era: Era
  link: string
  /** The floor of everything. */
  all: Era
  /** No forgotten floor of a key is above this. */
  keyHorizon: Era
  /** No forgotten floor of a prefix or a tag is above this. */
  wideHorizon: Era
}

/** Floors of one kind, by name. */
export interface FloorTable {
  /** 0 where there is none. */
  get(name: string): Era
  /** `era` is not below any before. */
  raise(name: string, era: Era): void
  /**
   * Where there are more than `bound`: forgets the lowest until no more are left, and those of equal
   * era as well. @returns the highest era forgotten, 0 if none
   */
  prune(bound: number): Era
  clear(): void
  /** All of them, in no order. */
  entries(): Iterable<readonly [string, Era]>
}

/** The steps of this reign that made an era. */
export interface LogTable {
  /** Adds the newest step and forgets those of eras up to `forget`. */
  append(step: Invalidation, forget: Era): void
  /** The steps after this era that are remembered, in order. */
  after(era: Era): readonly Invalidation[]
  /** The link of the step that made this era, if it is remembered. */
  linkAt(era: Era): string | undefined
}

export interface LeaseTable {
  get(key: string): LeaseRow | undefined
  put(key: string, row: LeaseRow): void
  remove(key: string): void
}

export interface LeaseRow {
  readonly holder: string
  /** When it ends, in milliseconds of the store's clock; from then on it counts as not there. */
  readonly until: number
  /** Whether somebody was refused it. */
  readonly awaited: boolean
}
