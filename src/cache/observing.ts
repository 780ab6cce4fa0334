import { shown, TerraceError } from '../errors.ts'
import { EVENT_TYPES, type EventType, type Observer, type Tracer } from '../events.ts'
import { flag, nearest, readOptions } from '../options.ts'

const MOST_SAMPLES = 100_000

/** Options of `trace`. */
export interface TraceOptions {
  /** Whether what level 1 answers at once is traced as well. Default: `false`. */
  readonly hits?: boolean | undefined
}

/** The arguments of `on`: an observer, or types and an observer. */
export interface Observing {
  readonly observer: Observer
  /** `undefined` for all. */
  readonly types: readonly EventType[] | undefined
}

/** @throws TerraceError `ERR_ARGUMENT_INVALID` */
export function readObserver(given: readonly unknown[]): Observing {
  const [first, second] = given
  if (given.length < 2) return { observer: observerIn(first), types: undefined }
  const types = Array.isArray(first) ? first : [first]
  for (const type of types) checkType(type)
  return { observer: observerIn(second), types: [...new Set(types as readonly EventType[])] }
}

/** @throws TerraceError `ERR_ARGUMENT_INVALID` */
export function checkSampler(perSecond: unknown, observer: unknown): void {
  if (typeof perSecond !== 'number' || !(perSecond >= 1 && perSecond <= MOST_SAMPLES)) {
    const text = `sampleHits: expected a number from 1 to ${MOST_SAMPLES} a second, got ${shown(perSecond)}`
    throw new TerraceError('ERR_ARGUMENT_INVALID', text)
  }
  if (typeof observer === 'function') return
  throw new TerraceError('ERR_ARGUMENT_INVALID', `sampleHits: expected an observer (function), got ${shown(observer)}`)
}

/** @throws TerraceError `ERR_ARGUMENT_INVALID`, `ERR_OPTION_UNKNOWN`, `ERR_OPTION_INVALID` */
export function readTracer(tracer: Tracer, options: TraceOptions | undefined): { readonly hits: boolean } {
  if (typeof tracer !== 'function')
    throw new TerraceError('ERR_ARGUMENT_INVALID', `trace: expected a tracer (function), got ${shown(tracer)}`)
  return { hits: readOptions('trace', { hits: flag }, options).hits ?? false }
}

function observerIn(value: unknown): Observer {
  if (typeof value === 'function') return value as Observer
  throw new TerraceError('ERR_ARGUMENT_INVALID', `on: expected an observer (function), got ${shown(value)}`)
}

function checkType(type: unknown): void {
  if ((EVENT_TYPES as readonly unknown[]).includes(type)) return
  const near = typeof type === 'string' ? nearest(type, EVENT_TYPES) : undefined
  const hint = near === undefined ? `There are ${EVENT_TYPES.join(', ')}.` : `Did you mean '${near}'?`
  throw new TerraceError('ERR_ARGUMENT_INVALID', `on: expected a type of event, got ${shown(type)}. ${hint}`)
}
