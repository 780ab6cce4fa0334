import type { MultiLevelCache } from '../../src/index.ts'
import type { Latencies, LoadReport } from './process-orders.ts'

/** Milliseconds the last reads may take. */
const PATIENCE = 2000

/** One hot key read every 2 ms and a cold one every 10 ms, whether the ones before were answered or not. */
export class LoadRun {
  readonly #hot: number[] = []
  readonly #cold: number[] = []
  readonly #errors = new Set<string>()
  readonly #timers: NodeJS.Timeout[] = []
  readonly #open = new Set<Promise<void>>()
  #wrong = 0

  constructor(cache: MultiLevelCache, hot: string, coldFetchTime: number) {
    const name = `cold:${process.pid}:${Math.random().toString(36).slice(2)}`
    let n = 0
    const coldRead = (): void => {
      const key = `${name}:${n++}`
      const fetcher = async (): Promise<string> => {
        await new Promise((resolve) => setTimeout(resolve, coldFetchTime))
        return key
      }
      this.#time(this.#cold, async () => (await cache.getOrFetch(key, fetcher)).data === key)
    }
    const hotRead = (): void => this.#time(this.#hot, async () => (await cache.getOrFetch(hot, () => hot)).data === hot)
    this.#timers.push(setInterval(hotRead, 2), setInterval(coldRead, 10))
  }

  async end(): Promise<LoadReport> {
    for (const timer of this.#timers) clearInterval(timer)
    // What hangs is told as it is.
    const patience = new Promise<void>((resolve) => setTimeout(resolve, PATIENCE))
    await Promise.race([Promise.all(this.#open), patience])
    const unanswered = this.#open.size
    return {
      hot: summary(this.#hot),
      cold: summary(this.#cold),
      errors: [...this.#errors],
      wrong: this.#wrong,
      unanswered,
    }
  }

  #time(into: number[], read: () => Promise<boolean>): void {
    const began = performance.now()
    const work = read().then(
      (isRight) => {
        into.push(performance.now() - began)
        if (!isRight) this.#wrong++
      },
      (error: unknown) => void this.#errors.add(String(error)),
    )
    this.#open.add(work)
    void work.then(() => this.#open.delete(work))
  }
}

function summary(latencies: readonly number[]): Latencies {
  const sorted = latencies.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? 0 }
}
