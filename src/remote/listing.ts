import type { Scans } from '../level.ts'
import type { World } from '../world/world.ts'
import type { Attempt } from './attempts.ts'
import { start, within } from './deadline.ts'

/** How the steps of a listing are made. */
export interface ListingTerms {
  readonly world: World
  /** Milliseconds one step may take. */
  readonly timeout: number
  /** Makes the first step: a level that has not answered of late is not waited for. */
  readonly first: (step: () => Promise<unknown>) => Promise<Attempt<unknown>>
}

/**
 * The keys a level lists, each step of the way under the deadline of a call. A level may hang between
 * two keys: it is left where it is, for nobody can end an iterator that is still at work.
 *
 * @throws what the level throws, or TerraceError `ERR_LEVEL_TIMEOUT` or `ERR_LEVEL_UNAVAILABLE`
 */
export async function* listed(scans: Scans, prefix: string, terms: ListingTerms): AsyncGenerator<string> {
  const { world, timeout, first } = terms
  if (timeout === Number.POSITIVE_INFINITY) {
    // A level in this process: a million keys need no million races.
    for await (const key of scans.keys(prefix)) if (key !== undefined) yield key
    return
  }
  const steps = stepsOf(scans.keys(prefix))
  const next = (): Promise<unknown> => start(async () => steps.next())
  let isOver = false
  try {
    const begun = await first(next)
    if (!begun.ok) throw begun.error
    for (let step = begun.answer; ; step = await within(world, timeout, next(), 'listing keys', () => undefined)) {
      if (!isStep(step)) throw new TypeError('a listing of the wrong shape')
      isOver = step.done === true
      if (isOver) return
      if (typeof step.value === 'string') yield step.value
    }
  } finally {
    const ended = isOver ? undefined : start(async () => steps.return?.())
    if (ended !== undefined)
      world.background(
        ended.catch(() => undefined),
        'ending a listing',
      )
  }
}

function stepsOf(keys: ReturnType<Scans['keys']>): AsyncIterator<unknown> | Iterator<unknown> {
  return Symbol.asyncIterator in keys ? keys[Symbol.asyncIterator]() : keys[Symbol.iterator]()
}

function isStep(step: unknown): step is IteratorResult<unknown> {
  return typeof step === 'object' && step !== null
}
