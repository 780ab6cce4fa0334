import type { Entry } from '../../entry/entry.ts'
import { askingMany, askingOne } from '../calls.ts'
import { Extras } from '../extras.ts'
import { fetchAll } from '../fetch.ts'
import type { Ask } from '../fetch-context.ts'
import { fittingAsk } from '../fitting.ts'
import type { Keyspace } from '../keyspace.ts'
import { lookUp } from '../lookup.ts'
import type { Lookup, Parts } from '../parts.ts'
import { type Terms, withTerms } from '../terms.ts'
import { Candidates } from './candidates.ts'
import type { WarmCall } from './options.ts'
import { WarmCounts, type WarmReport } from './report.ts'

/** Keys of one batch. */
const BATCH = 100
/** Callers are answered before the levels have kept what was fetched: so long, in milliseconds, they are waited for. */
const KEEPING = 250

/**
 * Brings keys, which must be different, into level 1: from the levels below, and from the source where one is
 * given, in batches, in the order of the keys. Counts as no request.
 *
 * @param space where the keys are: how a fetcher knows them, and how what it brings is kept
 */
export async function warmKeys(
  parts: Parts,
  keys: readonly string[],
  space: Keyspace,
  call: WarmCall,
): Promise<WarmReport> {
  const warming = new Warming(parts, keys, space, call)
  return warming.run()
}

class Warming {
  readonly #parts: Parts
  readonly #call: WarmCall
  readonly #ask: Ask | undefined
  readonly #terms: Terms
  readonly #candidates: Candidates
  readonly #counts: WarmCounts
  /** Keys on their way into level 1. */
  #coming = 0
  /** What a worker has failed with: all others end. */
  #failure: { readonly cause: unknown } | undefined
  /** Fetched, and not in level 1 yet. */
  readonly #late = new Set<string>()
  /** Whether level 1 is in this process: otherwise it is one of those that are asked. */
  readonly #isNear: boolean

  constructor(parts: Parts, keys: readonly string[], space: Keyspace, call: WarmCall) {
    this.#parts = parts
    this.#isNear = parts.levels[0]!.traits.near !== undefined
    this.#call = call
    this.#ask = askOf(call, space)
    // Whoever waits for an answer goes first at the source.
    const { ttl, tags } = call
    const said = { fetchPriority: 'low' as const, ...(ttl !== undefined && { ttl }), ...(tags && { tags }) }
    this.#terms = withTerms(space.traits.terms, said)
    this.#candidates = new Candidates(parts.levels[0]!, keys)
    this.#counts = new WarmCounts(keys.length)
  }

  async run(): Promise<WarmReport> {
    const { concurrency, fetch } = this.#call
    // Single fetches are bounded one by one.
    const workers = fetch === undefined ? concurrency : 1
    await Promise.all(Array.from({ length: workers }, () => this.#work()))
    if (this.#failure !== undefined) throw this.#failure.cause
    await this.#lookForLate()
    return this.#counts.report
  }

  async #work(): Promise<void> {
    try {
      for (let some = this.#take(); some.length > 0; some = this.#take()) {
        this.#coming += some.length
        try {
          await (this.#ask === undefined ? this.#fromLevels(some) : this.#fromSource(some, this.#ask))
        } finally {
          this.#coming -= some.length
          this.#candidates.arrived(some.filter((key) => !this.#late.has(key)))
        }
        this.#call.onProgress?.(this.#counts.report)
      }
    } catch (cause) {
      this.#failure ??= { cause }
    }
  }

  /** The next keys that level 1 does not hold yet, as many as it has room for. */
  #take(): string[] {
    const { signal, most } = this.#call
    if (signal?.aborted === true || this.#failure !== undefined || this.#parts.closing !== undefined) return []
    const coming = this.#coming + this.#late.size
    const wanted = Math.min(BATCH, most - this.#counts.warmed - coming)
    return this.#candidates.take(wanted, () => this.#counts.count('present'))
  }

  async #fromLevels(keys: readonly string[]): Promise<void> {
    const lookups = await lookUp(this.#parts, keys)
    for (const [n, key] of keys.entries()) {
      const { entry, spare } = lookups[n]!
      if (this.#isHeld(key)) this.#counts.count('warmed')
      else if ((entry ?? spare)?.found === true) this.#counts.count(this.#isNear ? 'refused' : 'present')
      else this.#counts.count(isUnknown(this.#parts, lookups[n]!) ? 'failed' : 'missing')
    }
  }

  async #fromSource(keys: readonly string[], ask: Ask): Promise<void> {
    const { signal } = this.#call
    const flights = fetchAll(this.#parts, keys, { terms: this.#terms, ask, aim: 'fresh' })
    const outcomes = await Promise.allSettled(flights.map(({ answer, party }) => party.wait(answer, signal)))
    for (const [n, outcome] of outcomes.entries()) {
      const key = keys[n]!
      if (outcome.status === 'rejected') {
        // What nobody waited for was not tried.
        if (signal?.aborted !== true || outcome.reason !== signal.reason) this.#counts.count('failed')
      } else this.#countFetched(key, outcome.value.entry)
    }
  }

  #countFetched(key: string, entry: Entry | undefined): void {
    if (entry?.found !== true) this.#counts.count('missing')
    else if (this.#isHeld(key)) this.#counts.count('warmed')
    else this.#late.add(key)
  }

  #isHeld(key: string): boolean {
    return this.#parts.levels[0]!.entry(key)?.found === true
  }

  async #lookForLate(): Promise<void> {
    const { world } = this.#parts
    if (this.#late.size > 0 && this.#isNear) {
      const over = Promise.withResolvers<void>()
      const cancel = world.after(KEEPING, () => over.resolve(), true)
      await Promise.race([world.idle, over.promise])
      cancel()
    }
    for (const key of this.#late) this.#counts.count(!this.#isNear || this.#isHeld(key) ? 'warmed' : 'refused')
  }
}

/** Whether a level that was asked could not say. */
function isUnknown({ levels }: Parts, { eras }: Lookup): boolean {
  return levels.some(({ traits }, n) => (n > 0 || traits.near === undefined) && eras[n] === undefined)
}

function askOf(call: WarmCall, space: Keyspace): Ask | undefined {
  const { fetch, fetchMany, concurrency } = call
  const { writes } = space.traits
  if (fetchMany !== undefined) return fittingAsk(writes, 'warm', withoutExtras(askingMany(fetchMany, space)))
  if (fetch === undefined) return undefined
  const one: Ask = (wanted, errand) => askingOne(fetch, space.own(wanted[0]!.key))(wanted, errand)
  return Object.assign(fittingAsk(writes, 'warm', one), { together: concurrency })
}

/** For what nobody asked for there may be no room: level 1 would have to evict. */
function withoutExtras(ask: Ask): Ask {
  return (wanted, errand) => ask(wanted, { ...errand, extras: new Extras([]) })
}
