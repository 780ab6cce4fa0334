import { isStale } from '../../entry/age.ts'
import { NO_TAGS } from '../../entry/entry.ts'
import { NUMBER } from '../../entry/frame.ts'
import { endAfter, upkeepTo } from '../../entry/upkeep.ts'
import { TerraceError } from '../../errors.ts'
import { Unsettled } from '../../level.ts'
import type { Sealed, SealedAmends } from '../store.ts'
import type { Items, Look, Place } from './items.ts'
import { type Reply, unexpected } from './reply.ts'

/** Changes of entries where they lie, each by compare and swap. */
export class Amendments implements SealedAmends {
  readonly #items: Items

  constructor(items: Items) {
    this.#items = items
  }

  increment(key: string, by: number, deadline: number | undefined, fresh: number): Promise<Sealed | undefined> {
    return this.#amend(this.#items.placeOf(key), (standing) => {
      if (standing?.found !== true || isStale(standing, this.#items.world.mono())) {
        const empty = { key, found: true, codec: NUMBER, born: 0, tags: NO_TAGS, version: undefined, upkeep: undefined }
        return Number.isFinite(by) ? { ...empty, payload: numberBytes(by), deadline: deadline ?? fresh } : undefined
      }
      const sum = numberIn(standing) + by
      if (!Number.isFinite(sum)) return undefined
      const counted = { ...standing, payload: numberBytes(sum) }
      return deadline === undefined ? counted : this.#prolonged(counted, deadline)
    })
  }

  async expire(key: string, deadline: number): Promise<boolean> {
    const change = (standing: Sealed | undefined) => {
      const isThere = standing?.found === true && !isStale(standing, this.#items.world.mono())
      return isThere ? this.#prolonged(standing, deadline) : undefined
    }
    return (await this.#amend(this.#items.placeOf(key), change)) !== undefined
  }

  /** Fresh until another moment, as `freshTo` does it with entries; what that would have ended already has no grace. */
  #prolonged(sealed: Sealed, freshUntil: number): Sealed {
    const { upkeep } = sealed
    if (upkeep === undefined || freshUntil <= this.#items.world.mono()) return { ...sealed, deadline: freshUntil }
    const deadline = endAfter(upkeep, sealed.deadline, freshUntil)
    return { ...sealed, deadline, upkeep: upkeepTo(upkeep, freshUntil) }
  }

  /** @returns what is there now; `undefined` where `change` wanted nothing */
  async #amend(
    place: Place,
    change: (standing: Sealed | undefined) => Sealed | undefined,
  ): Promise<Sealed | undefined> {
    const { node } = place
    return node.untilWon(async () => {
      const look = await this.#items.look(place)
      const changed = change(look.entry)
      if (changed === undefined) return undefined
      // What was heard of since the look may stand against what was seen: the era it is put at must not pass over that.
      if (look.entry !== undefined && this.#items.redeem(place, look.era, changed.tags) === undefined) return 'lost'
      const reply = await this.#put(place, changed, look)
      if (reply.code === 'HD') return { ...changed, born: this.#items.ticket(place, look.generation, reply.cas) }
      if (reply.code !== 'EX' && reply.code !== 'NF') throw unexpected(node.name, reply)
      return 'lost'
    })
  }

  /** One that is given up on may come about later, and then others have to hear of it. */
  async #put(place: Place, changed: Sealed, look: Look): Promise<Reply> {
    const over = Promise.withResolvers<void>()
    try {
      return await this.#items.put(place, changed, look, () => over.resolve())
    } catch (error) {
      const isLate = error instanceof TerraceError && error.code === 'ERR_LEVEL_TIMEOUT'
      throw isLate ? new Unsettled(error, over.promise) : error
    }
  }
}

/** The number in a sealed entry; `NaN` if it holds something else. */
function numberIn({ codec, payload }: Sealed): number {
  if (codec !== NUMBER || payload.length !== 8) return Number.NaN
  return new DataView(payload.buffer, payload.byteOffset, 8).getFloat64(0, true)
}

function numberBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setFloat64(0, value, true)
  return bytes
}
