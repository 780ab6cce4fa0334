import type { Fleet } from '../fleet.ts'
import type { LevelSpec } from '../process-orders.ts'

export interface InPart {
  /** Keys of so many that are still found in one batch, one after another, and all at once. */
  readonly inBatch: number
  readonly oneByOne: number
  readonly atOnce: number
  /** The breaker of the level afterwards. */
  readonly breaker: string
}

/** Looks for keys in a store of several servers before and after one of them is gone. */
export async function servedInPart(
  fleet: Fleet,
  level: LevelSpec,
  keys: number,
  lose: () => Promise<void>,
): Promise<InPart & { readonly before: number }> {
  const worker = await fleet.worker({ levels: [level], cache: { ttl: 60_000 } })
  const names = Array.from({ length: keys }, (_, n) => `part:${n}`)
  for (const name of names) await worker.ask('set', name, name)
  const found = (values: readonly unknown[]): number => values.filter((value) => value !== undefined).length
  const inBatch = async (): Promise<number> => found((await worker.ask('getMany', names)).answer)
  const before = await inBatch()
  await lose()
  const oneByOne: unknown[] = []
  for (const name of names) oneByOne.push((await worker.ask('get', name)).answer)
  const atOnce = await Promise.all(names.map(async (name) => (await worker.ask('get', name)).answer))
  return {
    before,
    oneByOne: found(oneByOne),
    atOnce: found(atOnce),
    inBatch: await inBatch(),
    breaker: (await worker.ask('stats')).levels[0]!.breaker,
  }
}
