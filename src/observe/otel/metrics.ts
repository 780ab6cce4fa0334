import { type Attributes, type MeterProvider, metrics, type Observable } from '@opentelemetry/api'
import { expected, readOptions } from '../../options.ts'
import { VERSION } from '../../world/version.ts'
import { ErrorTypes } from '../error-type.ts'
import {
  BOUNDS,
  COUNTED,
  EVENTS_COUNTED,
  FETCH_DURATION,
  INSTRUMENTS,
  type Instrument,
  LEVEL_DURATION,
} from '../instruments.ts'
import { byName, type ObservedCaches, statsOf } from '../observed.ts'

/** Options of {@link meterCaches}. */
export interface MeterOptions {
  /** Where instruments are made. Default: the global one, as it is when this is called. */
  readonly meterProvider?: MeterProvider | undefined
}

const ATTRIBUTES: Readonly<Record<string, string>> = { error_type: 'error.type' }

/**
 * Tells the figures of one cache, or of several by name, to OpenTelemetry. Counts are read when a
 * reader collects; calls of levels and fetches are recorded when they end; a hit of level 1 costs nothing.
 *
 * @returns tells them no more
 * @throws TerraceError `ERR_ARGUMENT_INVALID`, `ERR_OPTION_UNKNOWN`, `ERR_OPTION_INVALID`, `ERR_CLOSED`
 */
export function meterCaches(caches: ObservedCaches, options?: MeterOptions): () => void {
  const { meterProvider = metrics.getMeterProvider() } = readOptions(
    'meterCaches',
    { meterProvider: isProvider },
    options,
  )
  const named = byName(caches, 'meterCaches')
  const meter = meterProvider.getMeter('terrace', VERSION)
  const observables = new Map<Instrument, Observable>()
  for (const instrument of INSTRUMENTS) {
    const { name, kind, unit, help: description } = instrument
    if (kind === 'counter') observables.set(instrument, meter.createObservableCounter(name, { unit, description }))
    else if (kind === 'sum')
      observables.set(instrument, meter.createObservableUpDownCounter(name, { unit, description }))
    else observables.set(instrument, meter.createObservableGauge(name, { unit, description }))
  }
  const advice = { explicitBucketBoundaries: [...BOUNDS] }
  const calls = meter.createHistogram(LEVEL_DURATION.name, { unit: 's', description: LEVEL_DURATION.help, advice })
  const fetches = meter.createHistogram(FETCH_DURATION.name, { unit: 's', description: FETCH_DURATION.help, advice })
  const events = meter.createCounter(EVENTS_COUNTED.name, {
    unit: EVENTS_COUNTED.unit,
    description: EVENTS_COUNTED.help,
  })

  const batch = [...observables.values()]
  const collect: Parameters<typeof meter.addBatchObservableCallback>[0] = (result) => {
    for (const [name, cache] of named) {
      const stats = statsOf(cache)
      if (stats === undefined) continue
      for (const [instrument, observable] of observables) {
        for (const { labels, value } of instrument.points(stats))
          result.observe(observable, value, attributes(name, labels))
      }
    }
  }
  meter.addBatchObservableCallback(collect, batch)

  const stops: (() => void)[] = []
  for (const [name, cache] of named) {
    const errors = new ErrorTypes()
    stops.push(
      cache.on('levelCalled', ({ level, operation, failed, error, duration }) => {
        const labels = { level, operation, ...(failed ? { error_type: errors.of(error) } : {}) }
        calls.record(duration / 1000, attributes(name, labels))
      }),
      cache.on('fetched', ({ duration }) => fetches.record(duration / 1000, attributes(name, {}))),
      cache.on('fetchFailed', ({ duration, error }) =>
        fetches.record(duration / 1000, attributes(name, { error_type: errors.of(error) })),
      ),
      cache.on(COUNTED, (event) =>
        events.add(1, attributes(name, { event: event.type, ...('level' in event ? { level: event.level } : {}) })),
      ),
    )
  }
  return () => {
    meter.removeBatchObservableCallback(collect, batch)
    for (const stop of stops) stop()
  }
}

/** Names of attributes carry the library's in front, but for those that the conventions know. */
function attributes(cache: string, labels: Readonly<Record<string, string>>): Attributes {
  const named: Attributes = { 'terrace.cache': cache }
  for (const [label, value] of Object.entries(labels)) named[ATTRIBUTES[label] ?? `terrace.${label}`] = value
  return named
}

function isProvider(value: unknown, where: string): MeterProvider {
  const isOne = typeof (value as MeterProvider | null)?.getMeter === 'function'
  return isOne ? (value as MeterProvider) : expected('a MeterProvider', value, where)
}
