import { type Check, expected, readOptions } from '../../options.ts'
import { BOUNDS } from '../instruments.ts'
import { byName, type ObservedCaches } from '../observed.ts'
import { FAMILIES, type Sample, textOf } from './family.ts'
import { Recorder } from './recorder.ts'
import { type PromRegistry, registerIn } from './registry.ts'

export type { Observed, ObservedCaches } from '../observed.ts'
export { type GrafanaOptions, grafanaDashboard } from './grafana.ts'
export type { PromRegistry } from './registry.ts'

/** Options of {@link prometheus}. */
export interface PrometheusOptions {
  /** Bounds of the histograms in seconds, ascending: 1 to 100 of them. Default: 16, from 0.0001 to 10. */
  readonly buckets?: readonly number[] | undefined
}

/** What {@link prometheus} returns. */
export interface PrometheusExporter {
  /** The `content-type` of {@link PrometheusExporter.text}. */
  readonly contentType: string
  /** All figures as they stand, in Prometheus's text format. */
  text(): string
  /** Answers `GET` and `HEAD` with {@link PrometheusExporter.text}, whatever the path. Can be passed on without its object. */
  readonly handler: (request: Request) => Response
  /**
   * Puts all figures into a registry of prom-client, where the application keeps its own.
   *
   * @returns takes them out again
   * @throws TerraceError `ERR_ARGUMENT_INVALID` for anything but a registry, or one that has such metrics already
   */
  register(registry: PromRegistry): () => void
  /** Measures nothing any more. The figures that the caches keep themselves can still be read. */
  close(): void
}

const MOST_BUCKETS = 100
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * Tells the figures of one cache, or of several by name, to Prometheus.
 *
 * What it costs: three events a fetch and one a call of a level; a hit of level 1 nothing.
 *
 * ```ts
 * const metrics = prometheus(cache)
 * app.get('/metrics', (context) => metrics.handler(context.req.raw)) // Hono
 * ```
 *
 * @throws TerraceError `ERR_ARGUMENT_INVALID`, `ERR_OPTION_UNKNOWN`, `ERR_OPTION_INVALID`, `ERR_CLOSED`
 */
export function prometheus(caches: ObservedCaches, options?: PrometheusOptions): PrometheusExporter {
  const { buckets = BOUNDS } = readOptions('prometheus', { buckets: bounds }, options)
  const named = byName(caches, 'prometheus')
  const recorders = [...named].map(([name, cache]) => new Recorder(name, cache, buckets))
  const collect = (): Map<string, Sample[]> => {
    const families = new Map(FAMILIES.map(({ name }): [string, Sample[]] => [name, []]))
    for (const recorder of recorders) recorder.addTo(families)
    return families
  }
  const text = (): string => {
    const samples = collect()
    return textOf(FAMILIES.map((family) => [family, samples.get(family.name)!]))
  }
  return {
    contentType: CONTENT_TYPE,
    text,
    handler: ({ method }) => {
      if (method === 'GET' || method === 'HEAD') {
        return new Response(method === 'GET' ? text() : null, { headers: { 'content-type': CONTENT_TYPE } })
      }
      return new Response('Only GET.\n', { status: 405, headers: { allow: 'GET, HEAD' } })
    },
    register: (registry) => registerIn(registry, collect),
    close: () => {
      for (const recorder of recorders) recorder.close()
    },
  }
}

const bounds: Check<readonly number[]> = (value, where) => {
  const ascend = (bound: unknown, n: number, all: readonly unknown[]): boolean =>
    typeof bound === 'number' && Number.isFinite(bound) && bound > 0 && (n === 0 || bound > (all[n - 1] as number))
  if (Array.isArray(value) && value.length > 0 && value.length <= MOST_BUCKETS && value.every(ascend))
    return Object.freeze([...value])
  return expected(`an array of 1 to ${MOST_BUCKETS} positive numbers that ascend`, value, where)
}
