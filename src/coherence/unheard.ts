import { type Floor, MOST_FLOORS } from '../entry/finding.ts'
import type { Invalidation, Ledger, News } from '../stores/ledger.ts'
import type { ShardLink } from './shard-link.ts'
import type { ShardMirror } from './shard-mirror.ts'

/**
 * What was invalidated in a ledger and this process has not heard of yet. Asks the ledger, and keeps the
 * answer from the mirrors: to look must not heal what is looked at.
 */
export class Unheard {
  readonly #ledger: Ledger
  /** Questions under way, by shard: who comes meanwhile is answered with them. */
  readonly #asking = new Map<number, Promise<News>>()

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  /** The floors over a key that are not heard of, those of all tags included, newest last; `undefined` where the shard cannot tell. */
  async over(key: string, { mirror }: ShardLink): Promise<readonly Floor[] | undefined> {
    if (mirror.point === undefined) return undefined
    let news: News
    try {
      news = await this.#ask(this.#ledger.shardOf(key), mirror.point)
    } catch {
      return undefined
    }
    if (news.kind !== 'since') return undefined
    return floorsOfSteps(news.steps, key, mirror)
  }

  #ask(shard: number, since: Parameters<Ledger['sync']>[1]): Promise<News> {
    const underWay = this.#asking.get(shard)
    if (underWay !== undefined) return underWay
    const asked = this.#ledger.sync(shard, since)
    this.#asking.set(shard, asked)
    const over = (): void => {
      this.#asking.delete(shard)
    }
    asked.then(over, over)
    return asked
  }
}

/** The floors over a key, those of all tags included, that steps have made and a mirror has not heard of. */
export function floorsOfSteps(steps: readonly Invalidation[], key: string, mirror: ShardMirror): readonly Floor[] {
  const floors: Floor[] = []
  for (const { reign, era, origin, scopes } of steps) {
    const born = mirror.birthOf(reign, era)
    if (born === undefined || mirror.remembers(era)) continue
    for (const scope of scopes) {
      if (scope.kind === 'key' && scope.key !== key) continue
      if (scope.kind === 'prefix' && !key.startsWith(scope.prefix)) continue
      floors.push({ scope, era: born, by: `process ${origin}` })
    }
  }
  return floors.slice(-MOST_FLOORS)
}
