import { packFrame } from '../../src/entry/frame.ts'
import type { Upkeep } from '../../src/entry/upkeep.ts'
import type { Framed, Terms } from '../../src/stores/ledger.ts'

export const NO_LINK = '000000000000'

let made = 0

/** Terms of a step that may be taken at any time. */
export function terms(reign = '0000000000000000', more: Partial<Terms> = {}): Terms {
  made++
  const link = made.toString(16).padStart(12, '0')
  return { notAfter: Number.POSITIVE_INFINITY, origin: 'aaaaaaaaaaaaaaaa', link, reign, ...more }
}

/** A frame around text. Without a birth, it asks for no check. */
export function framed(key: string, text: string, more: Partial<Framed> = {}, storedUpkeep?: Upkeep): Framed {
  const { tags = [], version } = more
  const frame = packFrame({ found: true, codec: 2, payload: Buffer.from(text), tags, version, storedUpkeep })
  const born = more.born ?? Number.POSITIVE_INFINITY
  return { key, frame, born, link: '', ttl: Number.POSITIVE_INFINITY, tags, version, ...more }
}
