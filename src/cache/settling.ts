import type { LeftUndone } from '../events.ts'
import type { Parts } from './parts.ts'

/** How long what is under way is waited for, in milliseconds, where nobody says. */
export const PATIENCE = 5000

/**
 * Waits for `within` milliseconds, and no longer than for all that is under way: writes, fetches, and what nobody
 * awaits. Levels are told once more what they have missed. Never rejects.
 */
export async function settle(parts: Parts, within: number): Promise<LeftUndone> {
  let isOver = within === 0
  const over = Promise.withResolvers<void>()
  const end = (): void => {
    isOver = true
    over.resolve()
  }
  const cancel = parts.world.after(within, end, true)
  try {
    const first = tellAgain(parts)
    // Lookups of this turn set out after it.
    await new Promise<void>((resolve) => parts.world.soon(resolve))
    for (let work = underWay(parts); work !== undefined && !isOver; work = underWay(parts)) {
      await Promise.race([work, over.promise])
    }
    await Promise.race([first, over.promise])
    // What failed meanwhile has had no second chance yet.
    if (!isOver) await Promise.race([tellAgain(parts), over.promise])
  } finally {
    cancel()
  }
  return leftUndone(parts)
}

/** What is not done now. */
function leftUndone({ levels, fetches, world }: Parts): LeftUndone {
  const behind = levels.filter(({ pending }) => pending > 0)
  return {
    ok: behind.length === 0 && fetches.size === 0 && world.underWay === 0,
    fetches: fetches.size,
    work: world.underWay,
    pending: behind.map(({ name, pending }) => ({ level: name, scopes: pending })),
  }
}

function underWay({ world, turns }: Parts): Promise<unknown> | undefined {
  const writes = turns.underWay
  if (writes !== undefined) return Promise.all([writes, world.idle])
  return world.underWay === 0 ? undefined : world.idle
}

function tellAgain({ levels }: Parts): Promise<unknown> {
  return Promise.all(levels.map((level) => (level.pending === 0 ? undefined : level.flush())))
}
