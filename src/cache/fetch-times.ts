import { LatencySample } from '../governor/latency-sample.ts'

/** Classes of keys that are told apart; then the one that was fetched longest ago is forgotten. */
const MOST_CLASSES = 1000
/** The last so many fetches of a class count … */
const SAMPLES = 32
/** … and nine out of ten of them took no longer than is told. */
const SHARE = 0.9

/**
 * How long the fetches of this process take, by the class of the key: its text up to the first colon, which is
 * its namespace where it has one. Who waits for another process's fetch holds it against these.
 */
export class FetchTimes {
  /** The one that was fetched longest ago first. */
  readonly #classes = new Map<string, LatencySample>()

  /** These keys were fetched, together, in so many milliseconds, the wait for their turn included. */
  took(keys: Iterable<string>, ms: number): void {
    for (const name of new Set(Array.from(keys, classOf))) {
      const sample = this.#classes.get(name) ?? new LatencySample(SAMPLES)
      this.#classes.delete(name)
      this.#classes.set(name, sample)
      sample.add(ms)
      if (this.#classes.size > MOST_CLASSES) this.#classes.delete(this.#classes.keys().next().value!)
    }
  }

  /** What nine out of ten fetches of keys like this one take at most, in milliseconds; `undefined` before the first one. */
  usual(key: string): number | undefined {
    return this.#classes.get(classOf(key))?.within(SHARE)
  }
}

function classOf(key: string): string {
  const end = key.indexOf(':')
  return end === -1 ? '' : key.slice(0, end)
}
