import { type Mark, markOf, type Position } from '../entry/position.ts'
import type { Scope } from '../entry/scope.ts'
import type { Positions } from '../level.ts'
import type { ShardLink } from './shard-link.ts'

/** What {@link LedgerPositions} works with. */
export interface PositionContext {
  readonly links: readonly ShardLink[]
  readonly shardOf: (key: string) => number
  /** Calls what asks a shard, within the deadline; `false` at once where the shard gives no answer. Never rejects. */
  readonly inTime: (link: ShardLink, ask: () => Promise<void>) => Promise<boolean>
}

/**
 * Where this process's writes to a ledger stand, and whether it has heard what others wrote. A step is named
 * by reign, era and link, so that a position in a history that was lost is never taken for one that is reached.
 */
export class LedgerPositions implements Positions {
  readonly #context: PositionContext

  constructor(context: PositionContext) {
    this.#context = context
  }

  position(scopes: readonly Scope[] | undefined): Position {
    const { links } = this.#context
    const marks = new Map<number, Mark>()
    let isOpen = false
    for (const shard of this.#shardsOf(scopes)) {
      const { written, isTrusted } = links[shard]!
      if (written === undefined) continue
      marks.set(shard, markOf(written.reign, written.era, written.link))
      // Its history has changed, and it was not told again yet.
      if (!isTrusted) isOpen = true
    }
    return { shards: links.length, marks, isOpen }
  }

  isReached(position: Position, key: string): boolean {
    const { links, shardOf } = this.#context
    if (position.isOpen || position.shards !== links.length) return false
    const shard = shardOf(key)
    const mark = position.marks.get(shard)
    if (mark === undefined) return true
    const link = links[shard]!
    return link.isTrusted && link.mirror.isPast(mark)
  }

  reach(position: Position, key: string): Promise<boolean> {
    const { links, shardOf, inTime } = this.#context
    const link = links[shardOf(key)]!
    return inTime(link, () => link.askUntil(() => this.isReached(position, key)))
  }

  #shardsOf(scopes: readonly Scope[] | undefined): Iterable<number> {
    const { links, shardOf } = this.#context
    if (scopes === undefined || scopes.some(({ kind }) => kind !== 'key')) return links.keys()
    return new Set(scopes.flatMap((scope) => (scope.kind === 'key' ? [shardOf(scope.key)] : [])))
  }
}
