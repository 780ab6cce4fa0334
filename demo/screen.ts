import type { Phase, Summary } from './summary.ts'

const BAR = 30
/** The longest name of a level, and a space. */
const NAME = 13
const UP = (lines: number) => `\x1b[${lines}A`
const ERASE_BELOW = '\x1b[0J'

/** What the demo has to show at one moment. */
export interface Frame extends Summary {
  /** Seconds since the start, of how many. */
  readonly elapsed: number
  readonly seconds: number
}

/** Shows frames: a table redrawn in place on a terminal, a plain line every five seconds elsewhere. */
export class Screen {
  readonly #out: NodeJS.WriteStream
  #lines = 0
  #nextLine = 0

  constructor(out: NodeJS.WriteStream) {
    this.#out = out
  }

  /** How often a new frame is worth showing, in milliseconds. */
  get period(): number {
    return this.#out.isTTY ? 250 : 1000
  }

  show(frame: Frame): void {
    if (!this.#out.isTTY) {
      if (frame.elapsed < this.#nextLine) return
      this.#nextLine += 5
      this.#out.write(`${plainLine(frame)}\n`)
      return
    }
    const lines = table(frame)
    const home = this.#lines === 0 ? '' : UP(this.#lines)
    this.#out.write(`${home}${ERASE_BELOW}${lines.join('\n')}\n`)
    this.#lines = lines.length
  }
}

function plainLine({ elapsed, withCache, withoutCache, levels, fetches }: Frame): string {
  const phase = withCache.requests === 0 ? withoutCache : withCache
  const where =
    withCache.requests === 0
      ? 'no cache'
      : levels.map(({ name, sharePercent }) => `${name} ${sharePercent} %`).join(', ')
  const waits = `p50 ${wait(phase.p50Ms)}, p99 ${wait(phase.p99Ms)}`
  const silent = levels.filter(({ breaker }) => breaker !== 'closed').map(({ name }) => `  ${name} does not answer`)
  return `${String(Math.round(elapsed)).padStart(4)} s  ${count(phase.requestsPerSecond)} requests/s  ${waits}  ${where}  fetches ${count(fetches)}${silent.join('')}`
}

/** The table of the live view, a line an element. */
function table(frame: Frame): string[] {
  const { withCache: after, withoutCache: before, levels } = frame
  const answered = levels.reduce((sum, { hits }) => sum + hits, 0) + frame.fetches
  return [
    `Terrace: a shop with ${count(frame.products)} products, a database that takes 4 to 12 ms, 64 visitors`,
    `${frame.traffic}   ${Math.min(frame.seconds, Math.round(frame.elapsed))} s of ${frame.seconds} s`,
    '',
    row('', 'without cache', 'with Terrace'),
    row('requests/s', count(before.requestsPerSecond), shown(after, count(after.requestsPerSecond))),
    row('half wait at most', wait(before.p50Ms), shown(after, wait(after.p50Ms))),
    row('99 of 100 wait at most', wait(before.p99Ms), shown(after, wait(after.p99Ms))),
    '',
    `${'answered by'.padEnd(NAME)}${'requests'.padStart(12)}${''.padEnd(2)}${'share'.padEnd(BAR + 9)}${'entries'.padStart(9)}${'evictions'.padStart(12)}`,
    ...levels.map(({ name, hits, entries, evictions }) =>
      source(name, hits, answered, known(entries), known(evictions)),
    ),
    source('database', frame.fetches, answered, '', ''),
    '',
    beyond('beyond the process', 'breaker', 'hears others by', 'pending', 'failures'),
    ...levels.filter(({ hearing }) => hearing !== undefined).map(outside),
    '',
    `price changes ${count(frame.priceChanges)}   views of an old price ${count(frame.staleViews)}`,
  ]
}

function row(name: string, before: string, after: string): string {
  return `${name.padEnd(24)}${before.padStart(16)}${after.padStart(16)}`
}

function source(name: string, requests: number, of: number, entries: string, evictions: string): string {
  const share = of === 0 ? 0 : requests / of
  const bar = '█'.repeat(Math.round(share * BAR)).padEnd(BAR)
  const percent = `${(share * 100).toFixed(1)} %`.padStart(7)
  return `${name.padEnd(NAME)}${count(requests).padStart(12)}  ${bar}${percent}  ${entries.padStart(9)}${evictions.padStart(12)}`
}

/** A level that others may use, too: whether it answers, and whether it is heard. */
function outside({ name, breaker, hearing, proven, pending, failures }: Frame['levels'][number]): string {
  const heard = hearing === 'nothing' ? 'nothing: short lives' : `${hearing}${proven === true ? '' : ', not heard now'}`
  const line = beyond(name, breaker, heard, count(pending), count(failures))
  return breaker === 'closed' ? line : `${line}   does not answer, is asked now and then`
}

function beyond(name: string, breaker: string, hearing: string, pending: string, failures: string): string {
  return `${name.padEnd(20)}${breaker.padEnd(10)}${hearing.padEnd(24)}${pending.padStart(8)}${failures.padStart(10)}`
}

function known(value: number | undefined): string {
  return value === undefined ? '–' : count(value)
}

function shown(phase: Phase, text: string): string {
  return phase.requests === 0 ? '–' : text
}

function count(value: number): string {
  return value.toLocaleString('en')
}

function wait(milliseconds: number): string {
  if (milliseconds < 0.1) return `${Math.round(milliseconds * 1000)} µs`
  return `${milliseconds < 10 ? milliseconds.toPrecision(2) : Math.round(milliseconds)} ms`
}

/** What is left on the screen at the end. */
export function closing({ fetches, databaseQueries, staleViews, withCache, withoutCache, levels }: Summary): string {
  if (withCache.requests === 0) {
    return `Ended before the comparison: ${count(withoutCache.requests)} requests were served without a cache, none with one.`
  }
  const same = databaseQueries === fetches ? 'exactly as often as' : 'BUT'
  const faster = withCache.requestsPerSecond / Math.max(1, withoutCache.requestsPerSecond)
  const failed = levels.filter(({ failures }) => failures > 0)
  return [
    `${count(withCache.requests)} requests served, ${faster.toPrecision(2)} times as many a second as without a cache.`,
    `The database was asked ${count(databaseQueries)} times, ${same} the cache fetched (${count(fetches)}).`,
    staleViews === 0
      ? 'Nobody saw an old price after its change was complete.'
      : `${count(staleViews)} views showed an old price!`,
    ...failed.map(
      ({ name, failures }) => `${name} could not answer ${count(failures)} times. No request failed for it.`,
    ),
  ].join('\n')
}
