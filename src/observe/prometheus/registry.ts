import { shown, TerraceError } from '../../errors.ts'
import { FAMILIES, type Family, type Sample } from './family.ts'

/** A registry of prom-client 14 or 15, as far as it is needed. */
export interface PromRegistry {
  registerMetric(metric: never): void
  /** The metric of this name, if there is one. */
  getSingleMetric(name: string): unknown
  removeSingleMetric(name: string): void
}

/** A metric as prom-client's registries ask for it. */
interface PromMetric {
  /** Its registry renames counters where it writes OpenMetrics. */
  name: string
  readonly help: string
  readonly type: Family['type']
  readonly aggregator: Family['aggregator']
  get(): Promise<unknown>
  reset(): void
}

/**
 * Puts all families into a registry. Each time it is asked, the figures are read once for all of them.
 *
 * @returns takes them out again
 * @throws TerraceError `ERR_ARGUMENT_INVALID` for anything but a registry, and one that has such a name already; nothing is registered then
 */
export function registerIn(registry: PromRegistry, collect: () => ReadonlyMap<string, readonly Sample[]>): () => void {
  const verbs = ['registerMetric', 'getSingleMetric', 'removeSingleMetric'] as const
  if (typeof registry !== 'object' || registry === null || verbs.some((verb) => typeof registry[verb] !== 'function')) {
    const text = `prometheus: register: expected a registry of prom-client, got ${shown(registry)}`
    throw new TerraceError('ERR_ARGUMENT_INVALID', text)
  }
  for (const { name } of FAMILIES) {
    if (registry.getSingleMetric(name) === undefined) continue
    const text = `prometheus: register: the registry has a metric ${name} already; one exporter can tell of several caches`
    throw new TerraceError('ERR_ARGUMENT_INVALID', text)
  }
  let collected: ReadonlyMap<string, readonly Sample[]> | undefined
  const read = (): ReadonlyMap<string, readonly Sample[]> => {
    if (collected === undefined) {
      collected = collect()
      // A registry asks for all its metrics in one go.
      queueMicrotask(() => {
        collected = undefined
      })
    }
    return collected
  }
  for (const family of FAMILIES) {
    const metric = metricOf(family, () => read().get(family.name) ?? [])
    registry.registerMetric(metric as never)
  }
  return () => {
    for (const { name } of FAMILIES) registry.removeSingleMetric(name)
  }
}

function metricOf({ name, help, type, aggregator }: Family, samples: () => readonly Sample[]): PromMetric {
  return {
    name,
    help,
    type,
    aggregator,
    async get() {
      const values = samples().map(({ suffix, labels, value }) => {
        // Without a name of its own a sample has that of its metric, whatever the registry has made of it.
        return suffix === '' ? { labels, value } : { metricName: name + suffix, labels, value }
      })
      return { name: this.name, help, type, aggregator, values }
    },
    reset() {
      // The cache counts; a registry cannot set it back.
    },
  }
}
