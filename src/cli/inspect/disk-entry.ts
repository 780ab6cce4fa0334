import type { Era } from '../../entry/era.ts'
import { MOST_FLOORS } from '../../entry/finding.ts'
import { EVERYTHING, keyScope, type Scope } from '../../entry/scope.ts'
import { SqliteTables } from '../../stores/disk/sqlite-tables.ts'
import { softName } from '../../stores/soft-name.ts'
import { systemWorld } from '../../world/system-world.ts'
import { CommandError } from '../command-error.ts'
import type { DiskFile } from '../disk-file.ts'
import { reasonOf } from '../reason.ts'
import { prefixScopes, type Stored, type StoredFloor } from './stored.ts'

/** Steps of the log that are searched for who wrote the key, from the last. */
const STEPS = 1000

/** Reads what lies under a key, all of it from one state of the file. @throws CommandError */
export function diskEntry({ db, path }: DiskFile, key: string): Stored {
  try {
    db.exec('BEGIN')
    const tables = new SqliteTables(db)
    const now = systemWorld.wall()
    tables.begun(now)
    const state = tables.state()
    const steps = state === undefined ? [] : tables.log.after(Math.max(0, state.era - STEPS)).toReversed()
    const by = (era: Era): string | undefined => {
      const origin = steps.find((step) => step.era === era)?.origin
      return origin === undefined ? undefined : `process ${origin}`
    }
    const last = steps.find(({ scopes }) => scopes.some((scope) => scope.kind === 'key' && scope.key === key))
    return {
      name: `a row of ${path}`,
      place: undefined,
      bytes: tables.frame(key),
      foreign: undefined,
      storeTtl: undefined,
      now,
      history: state,
      linkAt: (era) => (era === state?.era ? state.link : tables.log.linkAt(era)),
      writer: last === undefined ? undefined : `process ${last.origin}`,
      floorsOver: async (tags) => {
        if (state === undefined) return []
        const floors: StoredFloor[] = []
        const add = (scope: Scope, era: Era, barsEntry = true): void => {
          if (era > 0 && floors.length < MOST_FLOORS) floors.push({ scope, era, barsEntry, by: by(era) })
        }
        add(EVERYTHING, Math.max(state.all, state.wideHorizon))
        for (const [name, era] of tables.prefixFloors.entries()) {
          for (const scope of prefixScopes(name, key)) add(scope, era)
        }
        // What is set or prolonged raises it as well.
        add(keyScope(key), tables.keyFloors.get(key), false)
        for (const tag of tags) {
          add({ kind: 'tag', tag }, tables.tagFloors.get(tag))
          add({ kind: 'tag', tag, keepsStale: true }, tables.tagFloors.get(softName(tag)))
        }
        return floors
      },
    }
  } catch (cause) {
    throw CommandError.failure(`cannot read ${path}: ${reasonOf(cause)}`)
  }
}
