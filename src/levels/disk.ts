import { statSync } from 'node:fs'
import { join } from 'node:path'
import { LedgerStore } from '../coherence/ledger-store.ts'
import { messageOf } from '../errors.ts'
import type { LevelFactory } from '../level.ts'
import { type Check, expected, integer, readOptions, text } from '../options.ts'
import { StoreLevel } from '../remote/store-level.ts'
import { SqliteLedger } from '../stores/disk/sqlite-ledger.ts'
import { requireSqlite } from '../stores/disk/sqlite-module.ts'
import { levelPlan, levelSchema, refusals, type StoreLevelOptions, settingsIn } from './level-options.ts'

/** Options of {@link disk}. */
export interface DiskOptions extends StoreLevelOptions {
  /** The file: it and its folder are made if they are not there. Processes of one machine may share it. */
  readonly path: string
  /** The most the file may take, in bytes, from 1 MiB. Default: 1 GiB. */
  readonly maxBytes?: number | undefined
  /** The most entries. Default: `Infinity`. */
  readonly maxEntries?: number | undefined
}

const MIB = 2 ** 20
/** A process that dies while it fetches holds the others up for so long, in milliseconds. */
const LEASE_TIME = 1000

const count: Check<number> = (value, where) => {
  return value === Number.POSITIVE_INFINITY ? value : integer(1, Number.MAX_SAFE_INTEGER)(value, where)
}

const schema = { ...levelSchema, path: filePath, maxBytes: integer(MIB, Number.MAX_SAFE_INTEGER), maxEntries: count }

/**
 * A folder, or a name that no file can have, would fail at every call, which shows in events and statistics alone.
 * What SQLite itself would take for no file, or for a URL, would be made as a file of that very name.
 */
function filePath(value: unknown, where: string): string {
  const path = text(4096)(value, where)
  if (path.includes('\0')) return expected('a path without the character NUL', path.replaceAll('\0', '\\0'), where)
  if (path === ':memory:') return expected(A_PATH, path, where, 'memory() for a level without a file')
  if (/^file:/i.test(path)) return expected(`${A_PATH}, no URL`, path, where, `'${pathIn(path)}'`)
  return isFolder(path) ? expected('a file, not a folder', path, where, `'${join(path, 'cache.db')}'`) : path
}

const A_PATH = "a path in the file system, such as './cache/app.db'"

/** The path that a URL means, without what may follow it. */
function pathIn(url: string): string {
  const path = url.replace(/^file:(\/\/[^/]*)?/i, '').replace(/[?#].*$/s, '')
  return path === '' || path === ':memory:' ? './cache/app.db' : path
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    // Not there yet, or not to be seen: opening it will tell.
    return false
  }
}

/**
 * A level in a file (SQLite, which comes with Node): survives restarts, is shared by the processes of
 * one machine, and bounded. A damaged file is set aside and begun anew, which is told as a `warning`.
 *
 * @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID`; `ERR_UNSUPPORTED` where Node has no SQLite
 */
export function disk(options: DiskOptions): LevelFactory {
  if (typeof options === 'string')
    return expected('an object of options', options, 'disk', "disk({ path: 'cache.db' })")
  const { path, maxBytes, maxEntries, ...given } = readOptions('disk', schema, options)
  if (path === undefined) return expected('a path', undefined, 'disk: path')
  requireSqlite()
  const plan = levelPlan(given)
  return (context) => {
    const settings = settingsIn(plan, context)
    const onSetAside = ({ path: file, movedTo, cause }: { path: string; movedTo: string; cause: unknown }) =>
      context.report?.({
        type: 'warning',
        level: settings.name,
        text: `${file} is damaged (${messageOf(cause)}): moved to ${movedTo}`,
      })
    const onRefused = refusals(settings.name, context)
    const bounds = { path, maxBytes, maxEntries, leaseTime: LEASE_TIME }
    const ledger = new SqliteLedger({ ...bounds, onSetAside, onRefused }, context.world)
    const { timeout } = settings
    return new StoreLevel(
      new LedgerStore(ledger, { timeout, maxStaleness: plan.maxStaleness }, context.world),
      { ...settings, backend: { system: 'sqlite' } },
      context,
    )
  }
}
