import fc from 'fast-check'
import { NUMBER, packFrame } from '../../src/entry/frame.ts'
import type { Scope } from '../../src/entry/scope.ts'
import { Upkeep } from '../../src/entry/upkeep.ts'
import type { Framed, Point, Terms } from '../../src/stores/ledger.ts'
import type { LedgerCore } from '../../src/stores/ledger-core.ts'
import type { LedgerBounds } from '../../src/stores/ledger-core-tables.ts'

export const FOREVER: number = Number.POSITIVE_INFINITY
export const NO_LINK = '000000000000'

/** So small that every sequence of some length goes beyond them. */
export const SMALL: LedgerBounds = { keys: 4, prefixes: 2, tags: 3, steps: 6, names: 3 }

export const KEYS: readonly string[] = ['a', 'ab', 'b', '', '\ud800', 'a\u0000', 'é', '__proto__']
const TAGS = ['t', 'u', '\udc00', 'constructor', 'v']
const PREFIXES = ['', 'a', 'ab', '\ud800']
const HOLDERS = ['1'.repeat(16), '2'.repeat(16)]

/** A frame to be filled in or set, as a process would send it. */
export interface Draft {
  readonly key: string
  /** Of a number, a text or an absence. */
  readonly value: number | string | undefined
  readonly ttl: number
  readonly tags: readonly string[]
  readonly version: number | undefined
  readonly upkeep?: DraftUpkeep | undefined
}

/** Milliseconds from the moment the frame is sent. */
interface DraftUpkeep {
  readonly fresh: number
  readonly due: number
  readonly etag?: string | undefined
}

/** What a process may ask. Births and points are named by how many steps ago their answer was heard. */
export type Ask =
  | { readonly kind: 'sync'; readonly ago: number; readonly whole: boolean }
  | { readonly kind: 'fill'; readonly drafts: readonly Draft[]; readonly ago: number; readonly hurried: boolean }
  | { readonly kind: 'replace'; readonly drafts: readonly Draft[]; readonly ago: number; readonly checked: boolean }
  | { readonly kind: 'raise'; readonly scopes: readonly Scope[]; readonly hurried: boolean }
  | { readonly kind: 'lease'; readonly keys: readonly string[]; readonly holder: string }
  | { readonly kind: 'release'; readonly keys: readonly string[]; readonly holder: string; readonly all: boolean }
  | { readonly kind: 'increment'; readonly draft: Draft; readonly by: number; readonly ttl: number | undefined }
  | { readonly kind: 'expire'; readonly key: string; readonly ttl: number }
  | { readonly kind: 'sweep' }
  | { readonly kind: 'wait'; readonly ms: number }

const key = fc.constantFrom(...KEYS)
const ttl = fc.constantFrom(FOREVER, 50, 500, 0)
const hurried = fc.integer({ min: 0, max: 9 }).map((die) => die === 0)
const draft: fc.Arbitrary<Draft> = fc.record({
  key,
  value: fc.constantFrom(1, 'text', undefined, 2.5, 1e308),
  ttl,
  tags: fc.subarray(TAGS, { maxLength: 2 }),
  version: fc.constantFrom(undefined, 1, 2, -0.5),
  upkeep: fc.option(
    fc.record({
      fresh: fc.constantFrom(FOREVER, 40, 50, 60, 500, -1),
      due: fc.constantFrom(FOREVER, 0, 30, 1000, -FOREVER),
      etag: fc.constantFrom(undefined, '"v1"', '\udc00'),
    }),
    { nil: undefined },
  ),
})
const drafts = fc.array(draft, { minLength: 1, maxLength: 3 })
const scope: fc.Arbitrary<Scope> = fc.oneof(
  { weight: 4, arbitrary: key.map((key): Scope => ({ kind: 'key', key })) },
  { weight: 3, arbitrary: fc.constantFrom(...TAGS).map((tag): Scope => ({ kind: 'tag', tag })) },
  { weight: 3, arbitrary: fc.constantFrom(...PREFIXES).map((prefix): Scope => ({ kind: 'prefix', prefix })) },
  { weight: 3, arbitrary: fc.constantFrom(...TAGS).map((tag): Scope => ({ kind: 'tag', tag, keepsStale: true })) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(...PREFIXES).map((prefix): Scope => ({ kind: 'prefix', prefix, keepsStale: true })),
  },
  { weight: 1, arbitrary: fc.constant<Scope>({ kind: 'all', keepsStale: true }) },
  { weight: 1, arbitrary: fc.constant<Scope>({ kind: 'all' }) },
)
const ago = fc.integer({ min: 0, max: 9 }).map((die) => (die < 5 ? 0 : die - 4))

const keys = fc.array(key, { maxLength: 2 })
const holder = fc.constantFrom(...HOLDERS)

export const asks: fc.Arbitrary<Ask[]> = fc.array(
  fc.oneof<fc.Arbitrary<Ask>[]>(
    fc.record({ kind: fc.constant('sync'), ago, whole: hurried }),
    fc.record({ kind: fc.constant('fill'), drafts, ago, hurried }),
    fc.record({ kind: fc.constant('replace'), drafts, ago, checked: fc.boolean() }),
    fc.record({ kind: fc.constant('raise'), scopes: fc.array(scope, { maxLength: 3 }), hurried }),
    fc.record({ kind: fc.constant('lease'), keys, holder }),
    fc.record({ kind: fc.constant('release'), keys, holder, all: fc.boolean() }),
    fc.record({
      kind: fc.constant('increment'),
      draft: draft.map((each) => ({ ...each, value: 1 })),
      by: fc.constantFrom(1, -2, 1e308),
      ttl: fc.constantFrom(undefined, 100, 0),
    }),
    fc.record({ kind: fc.constant('expire'), key, ttl }),
    fc.constant<Ask>({ kind: 'sweep' }),
    fc.record({ kind: fc.constant('wait'), ms: fc.constantFrom(1, 49, 60, 1000) }),
  ),
  { minLength: 10, maxLength: 60 },
)

/** A frame as a process would pack it at a moment of the store's clock. */
export function framed(from: Draft, born: number, link: string, now = 0): Framed {
  const isNumber = typeof from.value === 'number'
  const payload = isNumber ? Buffer.alloc(8) : Buffer.from(from.value ?? '')
  if (typeof from.value === 'number') payload.writeDoubleLE(from.value)
  const { key, ttl, tags, version, upkeep } = from
  const storedUpkeep = upkeep && new Upkeep(now, now + upkeep.due, now + upkeep.fresh, upkeep.etag, undefined)
  const codec = from.value === undefined ? 0 : isNumber ? NUMBER : 3
  const frame = packFrame({ found: from.value !== undefined, codec, payload, tags, version, storedUpkeep })
  return { key, frame, born, link, ttl, tags, version }
}

/** Asks one shard after the other thing, with terms that follow from what it answered before. */
export class Asker {
  time = 1_000_000
  readonly #core: LedgerCore
  readonly #heard: Point[] = []
  #links = 0

  constructor(core: LedgerCore) {
    this.#core = core
  }

  /** The answer; the code of the error where it throws. */
  ask(ask: Ask): unknown {
    try {
      const answer = this.#ask(ask)
      if (typeof answer === 'object' && answer !== null) {
        const { reign, era, link } = answer as Point
        this.#heard.unshift({ reign, era, link })
      }
      return answer
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause) return cause.code
      throw cause
    }
  }

  #ask(ask: Ask): unknown {
    const { time } = this
    if (ask.kind === 'wait') {
      this.time += ask.ms
      return undefined
    }
    if (ask.kind === 'sync') return this.#core.sync(time, ask.whole ? undefined : this.#point(ask.ago))
    if (ask.kind === 'raise') return this.#core.raise(time, ask.scopes, this.#terms(ask.hurried))
    if (ask.kind === 'lease') return this.#core.lease(time, ask.keys, ask.holder)
    if (ask.kind === 'release') return this.#core.release(time, ask.keys, ask.all ? undefined : ask.holder)
    if (ask.kind === 'expire') return this.#core.expire(time, ask.key, ask.ttl, this.#terms())
    if (ask.kind === 'sweep') return this.#core.sweep(time, KEYS)
    if (ask.kind === 'increment') {
      const sent = framed({ ...ask.draft, value: ask.by }, FOREVER, '', time)
      return this.#core.increment(time, sent, ask.by, ask.ttl, this.#terms())
    }
    const { era, link, reign } = this.#point(ask.ago)
    const isChecked = ask.kind === 'fill' || ask.checked
    const frames = ask.drafts.map((each) => framed(each, isChecked ? era : FOREVER, isChecked ? link : '', time))
    if (ask.kind === 'fill') return this.#core.fill(time, frames, { ...this.#terms(ask.hurried), reign })
    return this.#core.replace(time, frames, { ...this.#terms(), reign })
  }

  #point(ago: number): Point {
    return this.#heard[Math.min(ago, this.#heard.length - 1)] ?? { reign: '0'.repeat(16), era: 0, link: NO_LINK }
  }

  #terms(hurried = false): Terms {
    const link = (++this.#links).toString(16).padStart(12, '0')
    return { notAfter: this.time + (hurried ? -1 : 0), origin: HOLDERS[0]!, link, reign: this.#point(0).reign }
  }
}
