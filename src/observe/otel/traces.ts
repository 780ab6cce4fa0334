import {
  type Attributes,
  type Context,
  context,
  createContextKey,
  type Link,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api'
import { messageOf } from '../../errors.ts'
import type { Backend, EventOf, StaleReason, Work, WorkDone } from '../../events.ts'
import { callable, expected, flag, readOptions } from '../../options.ts'
import { VERSION } from '../../world/version.ts'
import { ErrorTypes } from '../error-type.ts'
import { byName, type Observed, type ObservedCaches } from '../observed.ts'

/** Options of {@link traceCaches}. */
export interface TraceCachesOptions {
  /** Where spans are made. Default: the global one. */
  readonly tracerProvider?: TracerProvider | undefined
  /** Whether what level 1 answers at once has a span as well: about a microsecond each. Default: `true`. */
  readonly hits?: boolean | undefined
  /** Whether there are spans for calls that have none above them, and for background work. Default: `true`. */
  readonly roots?: boolean | undefined
  /**
   * What of a key is written into a span (`terrace.keys`), for keys may say who somebody is: a function of
   * it, `undefined` for nothing. Default: nothing.
   */
  readonly keys?: ((key: string) => string | undefined) | undefined
}

/** A call under way, found in the context by whatever happens in it. */
interface Call {
  readonly cache: Observed
  readonly span: Span
  hits: number
  misses: number
  joined: number
  refreshes: number
  stale: number
  /** Why the last stale copy was served. */
  staleReason: StaleReason | undefined
  /** Who answered it last. */
  level: string | undefined
}

const READS: ReadonlySet<string> = new Set(['get', 'getMany', 'getOrFetch', 'getOrFetchMany'])
/** Events of which a call's span tells. */
const NOTED = ['hit', 'miss', 'joined', 'stale', 'refresh'] as const
const CALL = createContextKey('terrace call')
/** Keys of one call that are written into its span, or found again by those who join it. */
const MOST_KEYS = 10
const MOST_LEADING = 1000
const LONGEST_KEY = 200
const MOST_LINKS = 32

/**
 * Makes spans of what one cache does, or several by name: one for each call, each call of a level, each
 * call of a fetcher, which runs inside its span, and each piece of background work.
 *
 * @returns makes them no more
 * @throws TerraceError `ERR_ARGUMENT_INVALID`, `ERR_OPTION_UNKNOWN`, `ERR_OPTION_INVALID`, `ERR_CLOSED`
 */
export function traceCaches(caches: ObservedCaches, options?: TraceCachesOptions): () => void {
  const schema = {
    tracerProvider: isProvider,
    hits: flag,
    roots: flag,
    keys: callable<(key: string) => string | undefined>(),
  }
  const {
    tracerProvider = trace.getTracerProvider(),
    hits = true,
    roots = true,
    keys,
  } = readOptions('traceCaches', schema, options)
  const named = byName(caches, 'traceCaches')
  const tracer = tracerProvider.getTracer('terrace', VERSION)
  const stops: (() => void)[] = []
  for (const [name, cache] of named) {
    const spans = new Spans(name, cache, tracer, roots, keys)
    stops.push(
      cache.trace((work, run) => spans.around(work, run), { hits }),
      cache.on(NOTED, (event) => spans.note(event)),
    )
  }
  return () => {
    for (const stop of stops) stop()
  }
}

/** The spans of one cache. */
class Spans {
  readonly #name: string
  readonly #cache: Observed
  readonly #tracer: Tracer
  readonly #roots: boolean
  readonly #keys: ((key: string) => string | undefined) | undefined
  readonly #errors = new ErrorTypes()
  /** The first call under way for each key: others join it, and their keys may travel with its own. */
  readonly #leaders = new Map<string, SpanContext>()

  constructor(
    name: string,
    cache: Observed,
    tracer: Tracer,
    roots: boolean,
    keys: ((key: string) => string | undefined) | undefined,
  ) {
    this.#name = name
    this.#cache = cache
    this.#tracer = tracer
    this.#roots = roots
    this.#keys = keys
  }

  async around(work: Work, run: () => Promise<WorkDone>): Promise<void> {
    const outer = context.active()
    const isBackground = work.kind === 'background'
    if (!this.#roots && (isBackground || trace.getSpan(outer) === undefined)) return void (await run())
    const links = this.#linksOf(work, outer)
    const span = this.#tracer.startSpan(
      this.#nameOf(work),
      { kind: kindOf(work), attributes: this.#attributesOf(work), links, root: isBackground },
      outer,
    )
    const call = work.kind === 'call' ? callOf(this.#cache, span) : undefined
    // A call inside a fetcher is one of its own.
    const inner = trace.setSpan(outer, span).setValue(CALL, call)
    const led = call === undefined ? [] : this.#lead(work, span)
    try {
      const { found } = await context.with(inner, run)
      if (found !== undefined && call === undefined) span.setAttribute('terrace.found', found)
    } catch (error) {
      span.recordException(error instanceof Error ? error : String(error))
      span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error) })
      span.setAttribute('error.type', this.#errors.of(error))
    } finally {
      for (const key of led) this.#leaders.delete(key)
      if (call !== undefined) tellOutcome(call)
      span.end()
    }
  }

  /** What happened belongs to the call in whose context it did. */
  note(event: EventOf<(typeof NOTED)[number]>): void {
    const call = context.active().getValue(CALL) as Call | undefined
    if (call?.cache !== this.#cache) return
    if (event.type === 'hit') {
      call.hits++
      call.level = event.level
    } else if (event.type === 'miss') call.misses++
    else if (event.type === 'refresh') call.refreshes++
    else if (event.type === 'stale') {
      call.stale++
      call.staleReason = event.reason
    } else {
      const leader = this.#leaders.get(event.key)
      // Not every tracer gives the same object each time.
      const isOther = leader !== undefined && leader.spanId !== call.span.spanContext().spanId
      if (isOther && call.joined < MOST_LINKS) call.span.addLink({ context: leader })
      call.joined++
    }
  }

  #nameOf(work: Work): string {
    switch (work.kind) {
      case 'call':
        return `${work.method} ${this.#name}`
      case 'level':
        return `${work.operation} ${work.level}`
      case 'fetch':
        return `fetch ${this.#name}`
      case 'background':
        return work.why
    }
  }

  #attributesOf(work: Work): Attributes {
    const attributes: Attributes = { 'terrace.cache': this.#name, 'terrace.kind': work.kind }
    if (work.kind === 'call') attributes['terrace.operation'] = work.method
    if (work.kind === 'level') {
      attributes['terrace.level'] = work.level
      attributes['terrace.operation'] = work.operation
      if (work.backend !== undefined) Object.assign(attributes, databaseAttributes(work.backend, work.operation))
    }
    if (work.kind === 'background') return attributes
    if (work.keys.length > 1) attributes['terrace.batch.size'] = work.keys.length
    if (this.#keys !== undefined) {
      const shown = work.keys.slice(0, MOST_KEYS).map(this.#keys)
      attributes['terrace.keys'] = shown.filter((key) => key !== undefined).map((key) => key.slice(0, LONGEST_KEY))
    }
    return attributes
  }

  /** What is not above a span, but belongs to it: whose keys travel along, and what background work comes from. */
  #linksOf(work: Work, outer: Context): Link[] {
    const own = trace.getSpanContext(outer)
    if (work.kind === 'background') return own === undefined ? [] : [{ context: own }]
    if (work.kind !== 'level' || work.operation !== 'read') return []
    const others = new Set<SpanContext>()
    for (const key of work.keys) {
      const leader = this.#leaders.get(key)
      if (leader !== undefined && leader.spanId !== own?.spanId) others.add(leader)
      if (others.size === MOST_LINKS) break
    }
    return [...others].map((each) => ({ context: each }))
  }

  /** @returns the keys which this call is the first to ask for */
  #lead(work: Work, span: Span): string[] {
    if (work.kind !== 'call' || !READS.has(work.method)) return []
    const led: string[] = []
    const own = span.spanContext()
    for (const key of work.keys) {
      if (led.length === MOST_LEADING) break
      if (this.#leaders.has(key)) continue
      this.#leaders.set(key, own)
      led.push(key)
    }
    return led
  }
}

/** What goes to a store outside is a client's call; all else happens here. */
function kindOf(work: Work): SpanKind {
  return work.kind === 'level' && work.backend !== undefined ? SpanKind.CLIENT : SpanKind.INTERNAL
}

/** As the conventions for calls of databases name them. The operation is the level's: it takes one command or several. */
function databaseAttributes({ system, namespace, address, port }: Backend, operation: string): Attributes {
  const attributes: Attributes = { 'db.system.name': system, 'db.operation.name': operation }
  if (namespace !== undefined) attributes['db.namespace'] = namespace
  if (address !== undefined) attributes['server.address'] = address
  if (port !== undefined) attributes['server.port'] = port
  return attributes
}

function callOf(cache: Observed, span: Span): Call {
  const none = { hits: 0, misses: 0, joined: 0, refreshes: 0, stale: 0 }
  return { cache, span, ...none, staleReason: undefined, level: undefined }
}

function tellOutcome({ span, hits, misses, joined, refreshes, stale, staleReason, level }: Call): void {
  if (hits > 0) span.setAttribute('terrace.hits', hits)
  if (misses > 0) span.setAttribute('terrace.misses', misses)
  if (joined > 0) span.setAttribute('terrace.joined', joined)
  if (refreshes > 0) span.setAttribute('terrace.refreshes', refreshes)
  if (stale > 0) span.setAttribute('terrace.stale', stale)
  if (stale === 1 && hits === 1 && misses === 0 && staleReason !== undefined)
    span.setAttribute('terrace.stale.reason', staleReason)
  if (hits === 1 && misses === 0 && level !== undefined) span.setAttribute('terrace.level', level)
}

function isProvider(value: unknown, where: string): TracerProvider {
  const isOne = typeof (value as TracerProvider | null)?.getTracer === 'function'
  return isOne ? (value as TracerProvider) : expected('a TracerProvider', value, where)
}
