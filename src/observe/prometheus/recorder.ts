import type { CacheEvent } from '../../events.ts'
import { ErrorTypes } from '../error-type.ts'
import { Histogram } from '../histogram.ts'
import { COUNTED, EVENTS_COUNTED, FETCH_DURATION, INSTRUMENTS, LEVEL_DURATION, type Timing } from '../instruments.ts'
import { type Observed, statsOf } from '../observed.ts'
import { family, type Sample, timingFamily } from './family.ts'

/** Figures with the same labels. */
interface Series<T> {
  readonly labels: Readonly<Record<string, string>>
  readonly of: T
}

/** Measures what the statistics of one cache do not tell, and tells all of it as samples. */
export class Recorder {
  readonly #name: string
  readonly #cache: Observed
  readonly #bounds: readonly number[]
  readonly #errors = new ErrorTypes()
  readonly #calls = new Map<string, Series<Histogram>>()
  readonly #fetches = new Map<string, Series<Histogram>>()
  readonly #events = new Map<string, Series<{ count: number }>>()
  readonly #stop: () => void

  constructor(name: string, cache: Observed, bounds: readonly number[]) {
    this.#name = name
    this.#cache = cache
    this.#bounds = bounds
    this.#stop = cache.on(['levelCalled', 'fetched', 'fetchFailed', ...COUNTED], (event) => this.#note(event))
  }

  /** Adds the samples of this cache to the families of their names; none once the cache is closed. */
  addTo(families: ReadonlyMap<string, Sample[]>): void {
    const stats = statsOf(this.#cache)
    if (stats === undefined) {
      this.close()
      return
    }
    const cache = this.#name
    for (const instrument of INSTRUMENTS) {
      const samples = families.get(family(instrument).name)!
      for (const { labels, value } of instrument.points(stats))
        samples.push({ suffix: '', labels: { cache, ...labels }, value })
    }
    const counted = families.get(family(EVENTS_COUNTED).name)!
    for (const { labels, of } of this.#events.values()) counted.push({ suffix: '', labels, value: of.count })
    this.#addTimings(families, LEVEL_DURATION, this.#calls)
    this.#addTimings(families, FETCH_DURATION, this.#fetches)
  }

  /** Listens no more. */
  close(): void {
    this.#stop()
  }

  #addTimings(
    families: ReadonlyMap<string, Sample[]>,
    timing: Timing,
    all: ReadonlyMap<string, Series<Histogram>>,
  ): void {
    const samples = families.get(timingFamily(timing).name)!
    for (const { labels, of } of all.values()) {
      const counts = of.cumulative()
      for (const [n, value] of counts.entries()) {
        const le = n < of.bounds.length ? String(of.bounds[n]) : '+Inf'
        samples.push({ suffix: '_bucket', labels: { ...labels, le }, value })
      }
      samples.push({ suffix: '_sum', labels, value: of.sum })
      samples.push({ suffix: '_count', labels, value: counts.at(-1)! })
    }
  }

  #note(event: CacheEvent): void {
    if (event.type === 'levelCalled') {
      const { level, operation, failed, error, duration } = event
      const labels = { level, operation, ...(failed ? { error_type: this.#errors.of(error) } : {}) }
      this.#time(this.#calls, labels, duration)
    } else if (event.type === 'fetched') this.#time(this.#fetches, {}, event.duration)
    else if (event.type === 'fetchFailed') {
      this.#time(this.#fetches, { error_type: this.#errors.of(event.error) }, event.duration)
    } else {
      const level = 'level' in event ? { level: event.level } : {}
      this.#series(this.#events, { event: event.type, ...level }, () => ({ count: 0 })).count++
    }
  }

  #time(all: Map<string, Series<Histogram>>, labels: Readonly<Record<string, string>>, milliseconds: number): void {
    this.#series(all, labels, () => new Histogram(this.#bounds)).record(milliseconds / 1000)
  }

  #series<T>(all: Map<string, Series<T>>, labels: Readonly<Record<string, string>>, make: () => T): T {
    const id = JSON.stringify(Object.values(labels))
    const known = all.get(id)
    if (known !== undefined) return known.of
    const of = make()
    all.set(id, { labels: { cache: this.#name, ...labels }, of })
    return of
  }
}
