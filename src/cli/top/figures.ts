import type { Told } from '../../dashboard/protocol.ts'

/** What happened in one process, or in several together, in a while: what `top` shows, and prints as JSON. */
export interface Figures {
  /** Keys asked for a second. */
  readonly readsPerSecond: number
  readonly missesPerSecond: number
  readonly fetchesPerSecond: number
  readonly fetchFailuresPerSecond: number
  /** Reads that some level answered, of all: 0 to 1; `null` without reads. */
  readonly hitRatio: Told
  /** Milliseconds. Of several intervals or processes the percentiles are the worst. */
  readonly fetchMean: Told
  readonly fetchP99: Told
  readonly unprovenPerSecond: number
  /** Requests answered with stale copies, and keys fetched anew in the background. */
  readonly stalePerSecond: number
  readonly refreshesPerSecond: number
  readonly awaitedPerSecond: number
  readonly flights: number
  /** How the source is being spared; `null` where nothing spares it. */
  readonly source: SourceFigures | null
  readonly levels: readonly LevelFigures[]
}

/** Of several processes together: each has a limit of its own. */
interface SourceFigures {
  /** How many fetches may be under way; `null` for no limit. */
  readonly limit: Told
  readonly inFlight: number
  readonly queued: number
  readonly shedPerSecond: number
  readonly retriedPerSecond: number
}

export interface LevelFigures {
  readonly name: string
  readonly policy: string | null
  /** The part of all reads that it answered. */
  readonly answered: Told
  /** Hits of the reads that came to it. */
  readonly hitRatio: Told
  readonly readsPerSecond: number
  readonly evictionsPerSecond: Told
  readonly expiredPerSecond: Told
  readonly failuresPerSecond: number
  readonly size: Told
  readonly maxEntries: Told
  readonly bytes: Told
  readonly maxBytes: Told
  readonly pending: number
  /** The worst of the processes. */
  readonly breaker: 'closed' | 'probing' | 'open'
  /** `false`: some process has no proof that it hears of everything. `null`: nothing is to be heard. */
  readonly proven: boolean | null
  readonly latencyMean: Told
  readonly latencyP50: Told
  readonly latencyP99: Told
  readonly latencyMax: Told
}

/** A name, as it came. */
export interface LevelNotes {
  readonly name: string
  readonly policy: string | null
  readonly maxEntries: Told
  readonly maxBytes: Told
}

/** Numbers by name, of a message of which nothing is known. */
type Numbers = Readonly<Record<string, Told>>

/** One interval of one process, read from what its dashboard sent. */
export interface Reading {
  /** Seconds. */
  readonly seconds: number
  readonly total: Numbers
  /** In the order of the notes. */
  readonly levels: readonly Numbers[]
}

/** Reads a `point` of the protocol; `undefined` for anything else. */
export function readingIn(data: unknown, levels: number): Reading | undefined {
  if (typeof data !== 'object' || data === null) return undefined
  const { length, total, levels: given } = data as Record<string, unknown>
  if (typeof length !== 'number' || !(length > 0) || !Array.isArray(given) || given.length < levels) return undefined
  return {
    seconds: length / 1000,
    total: numbersIn(total),
    levels: given.slice(0, levels).map(numbersIn),
  }
}

function numbersIn(value: unknown): Numbers {
  const numbers: Record<string, Told> = Object.create(null)
  if (typeof value !== 'object' || value === null) return numbers
  for (const [name, each] of Object.entries(value)) {
    numbers[name] = typeof each === 'number' && Number.isFinite(each) ? each : null
  }
  return numbers
}

/** Several readings of one process in a row, as if they were one. */
export function joined(readings: readonly Reading[]): Reading {
  const [last] = readings.slice(-1)
  if (readings.length === 1) return last!
  return {
    seconds: readings.reduce((sum, { seconds }) => sum + seconds, 0),
    total: together(
      readings.map(({ total }) => total),
      last!.total,
    ),
    levels: last!.levels.map((level, n) =>
      together(
        readings.map(({ levels }) => levels[n]!),
        level,
      ),
    ),
  }
}

/** What is a state, and what is the worst of several; everything else adds up. */
const STATES = ['flights', 'sourceLimit', 'sourceInFlight', 'sourceQueued', 'size', 'bytes', 'pending']
const WORST = /^(?:fetch|latency)(?:P\d+|Max)$|^(?:breaker|feedLag)$/

function together(all: readonly Numbers[], last: Numbers): Numbers {
  const numbers: Record<string, Told> = Object.create(null)
  for (const name of Object.keys(last)) {
    const values = all.map((each) => each[name] ?? null).filter((value) => value !== null)
    if (STATES.includes(name)) numbers[name] = last[name]!
    else if (values.length === 0) numbers[name] = null
    else if (name === 'proven') numbers[name] = Math.min(...values)
    else if (WORST.test(name)) numbers[name] = Math.max(...values)
    else if (name.endsWith('Mean')) numbers[name] = values.reduce((sum, value) => sum + value, 0) / values.length
    else numbers[name] = values.reduce((sum, value) => sum + value, 0)
  }
  return numbers
}

/** One process: its reading, and what is known of its levels. */
export interface ReadProcess {
  readonly reading: Reading
  readonly notes: readonly LevelNotes[]
}

/** What all of the processes did, a second. Levels are the same where they have the same name. */
export function figuresOf(processes: readonly ReadProcess[]): Figures {
  const rate = (name: string): number => sumOf(processes.map(({ reading }) => per(reading, reading.total, name))) ?? 0
  const reads = rate('reads')
  const names = [...new Set(processes.flatMap(({ notes }) => notes.map(({ name }) => name)))]
  const of = (name: string): Told[] => processes.map(({ reading }) => reading.total[name] ?? null)
  return {
    readsPerSecond: reads,
    missesPerSecond: rate('misses'),
    fetchesPerSecond: rate('fetches'),
    fetchFailuresPerSecond: rate('fetchFailures'),
    hitRatio: ratio(rate('hits'), rate('hits') + rate('misses')),
    fetchMean: meanOf(processes.map(({ reading }) => [reading.total.fetchMean ?? null, reading.total.fetches ?? 0])),
    fetchP99: worstOf(of('fetchP99')),
    unprovenPerSecond: rate('unproven'),
    stalePerSecond: rate('stale'),
    refreshesPerSecond: rate('refreshes'),
    awaitedPerSecond: rate('awaited'),
    flights: sumOf(of('flights')) ?? 0,
    source: sourceFigures(of, rate),
    levels: names.map((name) => levelFigures(name, processes, reads)),
  }
}

function sourceFigures(of: (name: string) => Told[], rate: (name: string) => number): SourceFigures | null {
  const inFlight = sumOf(of('sourceInFlight'))
  if (inFlight === null) return null
  return {
    limit: sumOf(of('sourceLimit')),
    inFlight,
    queued: sumOf(of('sourceQueued')) ?? 0,
    shedPerSecond: rate('shed'),
    retriedPerSecond: rate('retried'),
  }
}

function levelFigures(name: string, processes: readonly ReadProcess[], reads: number): LevelFigures {
  const found = processes.flatMap(({ reading, notes }) => {
    const at = notes.findIndex((note) => note.name === name)
    return at < 0 ? [] : [{ reading, numbers: reading.levels[at]!, note: notes[at]! }]
  })
  const rate = (column: string): Told => sumOf(found.map(({ reading, numbers }) => per(reading, numbers, column)))
  const of = (column: string): Told[] => found.map(({ numbers }) => numbers[column] ?? null)
  const [hits, misses] = [rate('hits') ?? 0, rate('misses') ?? 0]
  const breaker = worstOf(of('breaker')) ?? 0
  const proven = of('proven').filter((value) => value !== null)
  return {
    name,
    policy: found[0]!.note.policy,
    answered: ratio(rate('answered') ?? 0, reads),
    hitRatio: ratio(hits, hits + misses),
    readsPerSecond: hits + misses,
    evictionsPerSecond: rate('evictions'),
    expiredPerSecond: rate('expired'),
    failuresPerSecond: rate('failures') ?? 0,
    size: sumOf(of('size')),
    maxEntries: sumOf(found.map(({ note }) => note.maxEntries)),
    bytes: sumOf(of('bytes')),
    maxBytes: sumOf(found.map(({ note }) => note.maxBytes)),
    pending: sumOf(of('pending')) ?? 0,
    breaker: breaker >= 2 ? 'open' : breaker >= 1 ? 'probing' : 'closed',
    proven: proven.length === 0 ? null : Math.min(...proven) === 1,
    latencyMean: meanOf(found.map(({ numbers }) => [numbers.latencyMean ?? null, readsIn(numbers)])),
    latencyP50: worstOf(of('latencyP50')),
    latencyP99: worstOf(of('latencyP99')),
    latencyMax: worstOf(of('latencyMax')),
  }
}

function readsIn({ hits, misses }: Numbers): number {
  return (hits ?? 0) + (misses ?? 0)
}

function per({ seconds }: Reading, numbers: Numbers, name: string): Told {
  const value = numbers[name] ?? null
  return value === null ? null : value / seconds
}

function sumOf(values: readonly Told[]): Told {
  const told = values.filter((value) => value !== null)
  return told.length === 0 ? null : told.reduce((sum, value) => sum + value, 0)
}

function worstOf(values: readonly Told[]): Told {
  const told = values.filter((value) => value !== null)
  return told.length === 0 ? null : Math.max(...told)
}

/** Weighted. */
function meanOf(pairs: readonly (readonly [Told, number])[]): Told {
  let [sum, weights] = [0, 0]
  for (const [value, weight] of pairs) {
    if (value === null || weight <= 0) continue
    sum += value * weight
    weights += weight
  }
  return weights === 0 ? null : sum / weights
}

function ratio(part: number, whole: number): Told {
  return whole > 0 ? Math.min(1, part / whole) : null
}
