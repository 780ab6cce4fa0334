import { Fleet, over } from '../fleet.ts'
import type { LevelSpec } from '../process-orders.ts'

export interface Stampede {
  /** Calls of the fetcher in the whole fleet, and in each process. */
  readonly fetches: number
  readonly perProcess: readonly number[]
  /** Callers who did not get what they should. */
  readonly wrong: number
  /** Milliseconds the slowest caller waited. */
  readonly longest: number
}

/** So many callers in each of so many processes ask for one cold key at once. */
export async function coldStampede(below: LevelSpec, processes: number, callers: number): Promise<Stampede> {
  await using fleet = new Fleet()
  const workers = await fleet.workers(processes, over(below))
  await warm(workers)
  const storms = await Promise.all(
    workers.map((worker) => worker.ask('storm', 'cold', callers, { value: 'v', ms: 200 })),
  )
  return {
    ...counted(storms),
    wrong: storms.filter(({ values, failed }) => failed > 0 || values.length !== 1 || values[0] !== 'v').length,
  }
}

/** The same with a fetcher that fails after 50 ms: everybody gets its error, nobody waits for a second one. */
export async function failingStampede(below: LevelSpec, processes: number, callers: number): Promise<Stampede> {
  await using fleet = new Fleet()
  const workers = await fleet.workers(processes, over(below))
  await warm(workers)
  const storms = await Promise.all(
    workers.map((worker) => worker.ask('storm', 'failing', callers, { fails: 'no source', ms: 50 })),
  )
  const wrong = storms.map(({ failed, errors }) => (errors.length === 1 ? callers - failed : callers))
  return { ...counted(storms), wrong: wrong.reduce((sum, each) => sum + each, 0) }
}

/** A process dies while it fetches for the whole fleet. @returns milliseconds until another one had the value */
export async function deadHolder(
  below: LevelSpec,
): Promise<{ readonly replacedAfter: number; readonly value: unknown }> {
  await using fleet = new Fleet()
  const [holder, heir] = await fleet.workers(2, over(below))
  await warm([holder!, heir!])
  holder!.ask('getOrFetch', 'orphan', { value: 'never', gate: 'held' }).catch(() => undefined)
  await holder!.ask('begun', 'held')
  const began = performance.now()
  const answer = heir!.ask('getOrFetch', 'orphan', { value: 'v' })
  await holder!.kill()
  return { value: (await answer).answer, replacedAfter: performance.now() - began }
}

/** Connections are made, scripts loaded, what there is to know of the shards is known. */
async function warm(workers: Awaited<ReturnType<Fleet['workers']>>): Promise<void> {
  await Promise.all(workers.map((worker, n) => worker.ask('set', `warm:${n}`, n)))
  await Promise.all(workers.map((worker) => worker.ask('get', 'warm:0')))
}

function counted(storms: readonly { fetches: number; longest: number }[]): Omit<Stampede, 'wrong'> {
  const perProcess = storms.map(({ fetches }) => fetches)
  return {
    perProcess,
    fetches: perProcess.reduce((sum, each) => sum + each, 0),
    longest: Math.max(...storms.map(({ longest }) => longest)),
  }
}
