import type { Era } from '../entry/era.ts'
import type { Invalidation } from './ledger.ts'
import type { FloorTable, LeaseRow, LeaseTable, LedgerTables, LogTable, ShardState } from './ledger-core-tables.ts'

/** The tables of one shard in this process's memory. */
export class MemoryTables implements LedgerTables {
  readonly keyFloors: MemoryFloors = new MemoryFloors()
  readonly prefixFloors: MemoryFloors = new MemoryFloors()
  readonly tagFloors: MemoryFloors = new MemoryFloors()
  readonly log: MemoryLog = new MemoryLog()
  readonly leases: LeaseTable = new MemoryLeases()
  readonly #data = new Map<string, { readonly frame: Uint8Array; readonly deadAt: number }>()
  #state: ShardState | undefined

  state(): ShardState | undefined {
    return this.#state === undefined ? undefined : { ...this.#state }
  }

  save(state: ShardState): void {
    this.#state = { ...state }
  }

  begin(state: ShardState): void {
    this.keyFloors.clear()
    this.prefixFloors.clear()
    this.tagFloors.clear()
    this.log.clear()
    this.save(state)
  }

  /** As if one of the three had been evicted: which of them makes no difference to a step. */
  forgetState(): void {
    this.#state = undefined
  }

  frame(key: string): Uint8Array | undefined {
    return this.#data.get(key)?.frame
  }

  put(key: string, frame: Uint8Array, deadAt: number): void {
    this.#data.set(key, { frame: Uint8Array.from(frame), deadAt })
  }

  remove(key: string): void {
    this.#data.delete(key)
  }

  get size(): number {
    return this.#data.size
  }

  keys(): Iterable<string> {
    return this.#data.keys()
  }

  /** Removes what has vanished by `time`, as a server does by itself. */
  expire(time: number): void {
    for (const [key, { deadAt }] of this.#data) if (deadAt <= time) this.#data.delete(key)
  }

  /** The same tables with the same contents, which from now on go their own ways. Leases are not copied. */
  copy(): MemoryTables {
    const copy = new MemoryTables()
    copy.#state = this.state()
    for (const [key, row] of this.#data) copy.#data.set(key, row)
    copy.keyFloors.copyFrom(this.keyFloors)
    copy.prefixFloors.copyFrom(this.prefixFloors)
    copy.tagFloors.copyFrom(this.tagFloors)
    copy.log.copyFrom(this.log)
    return copy
  }
}

/** A map, and a queue of what was raised, oldest first; raised twice, queued twice, and only the last counts. */
class MemoryFloors implements FloorTable {
  readonly #eras = new Map<string, Era>()
  #queue: (readonly [string, Era])[] = []
  #head = 0

  get(name: string): Era {
    return this.#eras.get(name) ?? 0
  }

  raise(name: string, era: Era): void {
    this.#eras.set(name, era)
    this.#queue.push([name, era])
    if (this.#queue.length > 64 && this.#queue.length > 4 * this.#eras.size) this.#tidy()
  }

  prune(bound: number): Era {
    let highest = 0
    for (; this.#head < this.#queue.length; this.#head++) {
      const [name, era] = this.#queue[this.#head]!
      if (this.#eras.size <= bound && era > highest) break
      if (this.#eras.get(name) !== era) continue
      this.#eras.delete(name)
      highest = era
    }
    return highest
  }

  clear(): void {
    this.#eras.clear()
    this.#queue = []
    this.#head = 0
  }

  entries(): Iterable<readonly [string, Era]> {
    return this.#eras
  }

  copyFrom(other: MemoryFloors): void {
    for (const [name, era] of other.#eras) this.#eras.set(name, era)
    this.#queue = other.#queue.slice(other.#head)
  }

  #tidy(): void {
    this.#queue = this.#queue.slice(this.#head).filter(([name, era]) => this.#eras.get(name) === era)
    this.#head = 0
  }
}

class MemoryLog implements LogTable {
  /** One for each era, without a hole. */
  #steps: Invalidation[] = []
  #forgotten: Era = 0

  append(step: Invalidation, forget: Era): void {
    this.#steps.push(step)
    // Cut in batches: what lies there too long is never told.
    if (this.#steps.length > 2 * (step.era - forget)) this.#steps = this.#steps.filter(({ era }) => era > forget)
    this.#forgotten = forget
  }

  after(era: Era): readonly Invalidation[] {
    return era < this.#forgotten ? [] : this.#steps.filter((step) => step.era > era)
  }

  linkAt(era: Era): string | undefined {
    const step = this.#steps[this.#steps.length - 1 - ((this.#steps.at(-1)?.era ?? 0) - era)]
    return step !== undefined && era > this.#forgotten ? step.link : undefined
  }

  clear(): void {
    this.#steps = []
    this.#forgotten = 0
  }

  copyFrom(other: MemoryLog): void {
    this.#steps = other.#steps.slice()
    this.#forgotten = other.#forgotten
  }
}

class MemoryLeases implements LeaseTable {
  readonly #rows = new Map<string, LeaseRow>()

  get(key: string): LeaseRow | undefined {
    return this.#rows.get(key)
  }

  put(key: string, row: LeaseRow): void {
    this.#rows.set(key, row)
  }

  remove(key: string): void {
    this.#rows.delete(key)
  }
}
