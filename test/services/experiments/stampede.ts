import type { Worker } from '../worker.ts'

export interface Stampede {
  /** Calls of the fetcher in the whole fleet, and in each process. */
  readonly fetches: number
  readonly perProcess: readonly number[]
  /** Callers who did not get what they should. */
  readonly wrong: number
  /** Milliseconds the slowest caller waited. */
  readonly longest: number
}

/** So many callers in each process ask for one cold key at once. */
export async function coldStampede(workers: readonly Worker[], key: string, callers: number): Promise<Stampede> {
  await warm(workers)
  const storms = await Promise.all(workers.map((worker) => worker.ask('storm', key, callers, { value: key, ms: 200 })))
  const wrong = storms.map(({ values, failed }) => (values.length === 1 && values[0] === key ? failed : callers))
  return { ...counted(storms), wrong: sum(wrong) }
}

/** The same with a fetcher that fails after 50 ms: everybody gets its error, nobody waits for a second one. */
export async function failingStampede(workers: readonly Worker[], key: string, callers: number): Promise<Stampede> {
  await warm(workers)
  const storms = await Promise.all(
    workers.map((worker) => worker.ask('storm', key, callers, { fails: 'no source', ms: 50 })),
  )
  const wrong = storms.map(({ failed, errors }) => (errors.join() === 'no source' ? callers - failed : callers))
  return { ...counted(storms), wrong: sum(wrong) }
}

/** A process dies while it fetches for the whole fleet. @returns milliseconds until the other one had the value */
export async function deadHolder(
  holder: Worker,
  heir: Worker,
  key: string,
): Promise<{ readonly replacedAfter: number; readonly value: unknown }> {
  await warm([holder, heir])
  holder.ask('getOrFetch', key, { value: 'never', gate: 'held' }).catch(() => undefined)
  await holder.ask('begun', 'held')
  const began = performance.now()
  const answer = heir.ask('getOrFetch', key, { value: 'v' })
  await holder.kill()
  return { value: (await answer).answer, replacedAfter: performance.now() - began }
}

/** Connections are made, scripts loaded, what there is to know of the shards is known. */
async function warm(workers: readonly Worker[]): Promise<void> {
  await Promise.all(workers.map((worker, n) => worker.ask('set', `warm:${n}`, n)))
  await Promise.all(workers.map((worker) => worker.ask('get', 'warm:0')))
}

function counted(storms: readonly { fetches: number; longest: number }[]): Omit<Stampede, 'wrong'> {
  const perProcess = storms.map(({ fetches }) => fetches)
  return {
    perProcess,
    fetches: sum(perProcess),
    longest: Math.max(...storms.map(({ longest }) => longest)),
  }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}
