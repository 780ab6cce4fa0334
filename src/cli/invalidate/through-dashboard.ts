import { gravest } from '../../cache/write.ts'
import type { AskedScope, InvalidateAnswer } from '../../dashboard/protocol.ts'
import { CommandError } from '../command-error.ts'
import { DashboardClient } from '../dashboard-client.ts'
import type { Flags } from '../flags.ts'
import type { DashboardTarget } from '../target.ts'
import type { Count, Deed, Invalidator } from './invalidator.ts'

/** The process behind a dashboard: it invalidates in its own memory as well. @throws CommandError */
export async function throughDashboard(target: DashboardTarget, flags: Flags): Promise<Invalidator> {
  const client = new DashboardClient(target, flags)
  const cache = await client.cacheName(flags.one('cache'))
  const { readOnly } = await client.session()
  if (readOnly) throw CommandError.failure(`${client.shown} is read-only: nothing can be invalidated from there`)
  // Good for two minutes, and for exactly that scope.
  const ticketFor = async (scope: AskedScope): Promise<{ covers: readonly Count[]; ticket: string }> => {
    const answer = await client.post<InvalidateAnswer>('invalidate', { cache, scope })
    if (answer.done) throw CommandError.failure(`${client.shown} did not ask for a confirmation`)
    return answer
  }
  return {
    spreads: 'Every process that shares a level with it hears of it.',
    covers: async (scope) => (await ticketFor(scope)).covers,
    invalidate: async (scopes) => {
      const deeds: Deed[] = []
      for (const scope of scopes) {
        const { ticket } = await ticketFor(scope)
        const answer = await client.post<InvalidateAnswer>('invalidate', { cache, scope, ticket })
        if (answer.done) deeds.push(...answer.levels)
      }
      return worst(deeds)
    },
    close: async () => undefined,
  }
}

/** Of each level the gravest of all that it did: by name, for the process may have been replaced between two answers. */
function worst(deeds: readonly Deed[]): Deed[] {
  const levels = new Map<string, Deed>()
  for (const deed of deeds) {
    const outcome = gravest([deed.outcome, levels.get(deed.name)?.outcome ?? 'done'])
    levels.set(deed.name, { name: deed.name, outcome })
  }
  return [...levels.values()]
}
