import { type Opened, openFrame } from '../../src/entry/frame.ts'
import type { Scope } from '../../src/entry/scope.ts'
import type { Kept, Point, Step, Terms } from '../../src/stores/ledger.ts'
import { LedgerCore } from '../../src/stores/ledger-core.ts'
import { MemoryTables } from '../../src/stores/ledger-core-memory.ts'
import type { LedgerBounds } from '../../src/stores/ledger-core-tables.ts'
import { type Draft, FOREVER, framed } from './steps.ts'

export const ME: string = '1'.repeat(16)
export const YOU: string = '2'.repeat(16)

/** One shard in memory, with short words for what is asked of it. A value is a text. */
export class Shard {
  readonly tables: MemoryTables = new MemoryTables()
  readonly core: LedgerCore
  readonly told: unknown[] = []
  time = 1000
  #reigns = 0
  #links = 0

  constructor(bounds?: LedgerBounds) {
    this.core = new LedgerCore(this.tables, {
      leaseTime: 100,
      nameReign: () => (++this.#reigns).toString(16).padStart(10, '0').padEnd(16, '0'),
      feed: { invalidated: ({ scopes }) => this.told.push(scopes), settled: (keys) => this.told.push(keys) },
      bounds,
    })
  }

  /** Where the shard stands. */
  get now(): Step {
    return this.core.sync(this.time, undefined)
  }

  get era(): number {
    return this.now.era
  }

  terms(over: Partial<Terms> = {}): Terms {
    const link = (++this.#links).toString(16).padStart(12, '0')
    return { notAfter: this.time, origin: ME, link, reign: this.now.reign, ...over }
  }

  /** Fills one frame in, looked for at the point. */
  fill(point: Point, over: Partial<Draft> = {}): string {
    return only(
      this.core.fill(
        this.time,
        [framed(draft(over), point.era, point.link, this.time)],
        this.terms({ reign: point.reign }),
      ),
    )
  }

  /** Sets one frame; checked against a point where there is one. */
  set(over: Partial<Draft> = {}, point?: Point): string {
    const sent = framed(draft(over), point?.era ?? FOREVER, point?.link ?? '', this.time)
    return only(this.core.replace(this.time, [sent], this.terms(point === undefined ? {} : { reign: point.reign })))
  }

  raise(...scopes: Scope[]): Step {
    return this.core.raise(this.time, scopes, this.terms())
  }

  /** What the frame under the key says of its upkeep. */
  upkeep(key = 'key'): Opened['storedUpkeep'] {
    return openFrame(this.tables.frame(key)!)?.storedUpkeep
  }

  /** The text or number that lies under the key, whether it stands or not. */
  value(key = 'key'): string | number | undefined {
    const bytes = this.tables.frame(key)
    const frame = bytes && openFrame(bytes)
    if (frame === undefined) return undefined
    return frame.codec === 1 ? Buffer.from(frame.payload).readDoubleLE() : Buffer.from(frame.payload).toString()
  }
}

function draft(over: Partial<Draft>): Draft {
  return { key: 'key', value: 'value', ttl: FOREVER, tags: [], version: undefined, ...over }
}

function only({ keepings }: Kept): string {
  return keepings.join()
}
