import { type Waymark, writeToken } from '../coherence/token.ts'
import type { Mark, Position } from '../entry/position.ts'
import type { Scope } from '../entry/scope.ts'
import type { Author, Demand, Waymarks } from './waymarks.ts'

/** One thread of work among many of a process: what its reads must not be behind, and what it has written itself. */
export class WriteSession implements Author {
  /** What it began with; `undefined`: nothing. Its own writes its reads see without being told. */
  readonly demand: Demand | undefined
  readonly #waymarks: Waymarks
  #waymark: Waymark | undefined

  constructor(waymarks: Waymarks, demand: Demand | undefined) {
    this.#waymarks = waymarks
    this.demand = demand
    this.#waymark = demand?.waymark
  }

  wrote(scopes: readonly Scope[]): void {
    const own = this.#waymarks.mark(scopes)
    this.#waymark = this.#waymark === undefined ? own : together(this.#waymark, own)
  }

  /** What others must not be behind, to be behind nothing of it: what it began with and what it wrote. */
  token(): string {
    this.#waymark ??= this.#waymarks.mark([])
    return writeToken(this.#waymark)
  }
}

/** Both: what was brought along, and what was written here later. */
function together(brought: Waymark, own: Waymark): Waymark {
  const positions = own.positions.map((position, n) => both(brought.positions[n], position))
  const isBlind = brought.isBlind || own.isBlind
  return { ...own, positions, isBlind, isWide: brought.isWide || own.isWide }
}

function both(brought: Position | undefined, own: Position): Position {
  if (brought === undefined) return own
  const isOpen = brought.isOpen || own.isOpen || (brought.marks.size > 0 && brought.shards !== own.shards)
  if (brought.shards !== own.shards) return { ...own, isOpen }
  const marks = new Map<number, Mark>(brought.marks)
  for (const [shard, mark] of own.marks) {
    const other = marks.get(shard)
    // Of another reign it was written before this one began.
    if (other === undefined || other.reign !== mark.reign || other.era < mark.era) marks.set(shard, mark)
  }
  return { shards: own.shards, marks, isOpen }
}
