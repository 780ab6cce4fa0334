import { type Fleet, until } from '../fleet.ts'

export interface Reclaimed {
  readonly keys: number
  /** Entries held when the last was set. */
  readonly held: number
  /** Megabytes above those of the empty process: full, and after all has expired. */
  readonly full: number
  readonly after: number
}

/** Many keys with a ttl of 1 second in a cache with default options, in a process of its own. */
export async function reclaimed(fleet: Fleet, keys: number): Promise<Reclaimed> {
  const worker = await fleet.worker({ levels: [{ kind: 'memory' }] })
  // So that everything is compiled that will be.
  await worker.ask('fill', 20_000, 1)
  await until(
    () => worker.ask('size'),
    (size) => size === 0,
  )
  const empty = await worker.ask('memory')
  const held = (await worker.ask('fill', keys, 1000)) ?? 0
  const full = await worker.ask('memory')
  await until(
    () => worker.ask('size'),
    (size) => size === 0,
  )
  const after = await worker.ask('memory')
  const megabytes = (bytes: number): number => Math.round((bytes - empty) / 1e5) / 10
  return { keys, held, full: megabytes(full), after: megabytes(after) }
}
