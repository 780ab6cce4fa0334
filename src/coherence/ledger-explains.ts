import { isBornAt } from '../entry/birthplace.ts'
import { type Opened, openFrame } from '../entry/frame.ts'
import { TerraceError } from '../errors.ts'
import type { Ledger, News } from '../stores/ledger.ts'
import type { SealedFinding } from '../stores/store.ts'
import { ledgerFinding } from './ledger-finding.ts'
import type { ShardLink } from './shard-link.ts'
import type { Birthplace, ShardMirror } from './shard-mirror.ts'
import type { StoreClock } from './store-clock.ts'
import { floorsOfSteps, Unheard } from './unheard.ts'

/** What {@link LedgerExplains} works with. */
export interface ExplainContext {
  readonly ledger: Ledger
  readonly clock: StoreClock
  /** The name of this process. */
  readonly origin: string
}

/**
 * Says of a key in a ledger what a read would make of it. The mirrors stay as they are, also where a read would
 * ask what it has not heard of: to look must not heal what is looked at.
 */
export class LedgerExplains {
  readonly #context: ExplainContext
  readonly #unheard: Unheard

  constructor(context: ExplainContext) {
    this.#context = context
    this.#unheard = new Unheard(context.ledger)
  }

  /** @param link of the key's shard, and ready */
  async explain(key: string, link: ShardLink): Promise<SealedFinding> {
    const { ledger, clock, origin } = this.#context
    const asked = ledger.isSpread ? link.get([key]) : ledger.get([key])
    const [[frame], unheard] = await Promise.all([asked, this.#unheard.over(key, link)])
    const opened = frame && openFrame(frame)
    const { place, floors } = opened === undefined ? HERE : await this.#placed(key, opened, link.mirror)
    const look = { mirror: link.mirror, clock, origin, place, floors }
    return { ...ledgerFinding(key, frame, opened, look), unheard }
  }

  /** Where a frame was born, and the floors that a read would have to hear of to know that. */
  async #placed(key: string, opened: Opened, mirror: ShardMirror): Promise<Placed> {
    if (mirror.birthOf(opened.reign, opened.born) === undefined) return HERE
    const place = mirror.placeOf(key, opened)
    if (place !== 'ahead') return { place, floors: [] }
    const { ledger } = this.#context
    const news = await ledger.sync(ledger.shardOf(key), mirror.point)
    if (news.kind === 'whole') throw new TerraceError('ERR_LEVEL_TIMEOUT', 'the history of a shard has changed')
    return { place: placeIn(news, opened), floors: floorsOfSteps(news.steps, key, mirror) }
  }
}

interface Placed {
  readonly place: Birthplace
  readonly floors: ReturnType<typeof floorsOfSteps>
}

const HERE: Placed = Object.freeze({ place: 'here', floors: Object.freeze([]) })

/** Where a frame was born that is ahead of what was heard, by what happened since. */
function placeIn(news: News & { readonly kind: 'since' }, { reign, born }: Opened): Birthplace {
  const step = news.era === born ? news : news.steps.find(({ era }) => era === born)
  if (step === undefined) return born < news.era ? 'here' : 'ahead'
  return isBornAt(reign, step.link) ? 'here' : 'elsewhere'
}
