import { closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { TerraceError } from '../../errors.ts'
import { openDatabase, troubleOf } from './sqlite-module.ts'
import { prepareDatabase } from './sqlite-schema.ts'

/** How many damaged files are kept beside the one in use. */
const MOST_DAMAGED = 3

/** A file was unusable; a new one has been begun in its place. */
export interface SetAside {
  readonly path: string
  /** Where it lies now. */
  readonly movedTo: string
  readonly cause: unknown
}

/**
 * The file of a database: opened when it is needed, set aside when it is damaged, and opened anew
 * when another process did that.
 */
export class SqliteFile {
  readonly path: string
  readonly #maxPages: number
  readonly #onSetAside: (event: SetAside) => void
  #inode: bigint | undefined

  constructor(path: string, maxPages: number, onSetAside: (event: SetAside) => void) {
    this.path = path
    this.#maxPages = maxPages
    this.#onSetAside = onSetAside
  }

  /**
   * Opens the file, or makes it, for `use` to begin with. Throws what SQLite or the file system throws.
   *
   * @throws TerraceError `ERR_OPTION_INVALID` for what somebody else has written: it is left alone
   */
  open<T>(use: (db: DatabaseSync) => T): T {
    try {
      return this.#open(use)
    } catch (cause) {
      if (troubleOf(cause) !== 'damaged' && !(cause instanceof Useless)) throw cause
      if (!this.isReplaced()) mustBeNoText(this.path)
      this.setAside(cause)
      return this.#open(use)
    }
  }

  /** Whether the path leads to another file than the one that was opened, or to none. */
  isReplaced(): boolean {
    return inodeOf(this.path) !== this.#inode
  }

  /** Moves the file that was opened, unless another process has done that. It must be closed. */
  setAside(cause: unknown): void {
    if (this.isReplaced()) return
    const movedTo = this.#placeAside()
    // The file itself last: a new, empty one never meets the log of the old.
    if (existsSync(`${this.path}-wal`)) renameSync(`${this.path}-wal`, `${movedTo}-wal`)
    rmSync(`${this.path}-shm`, { force: true })
    renameSync(this.path, movedTo)
    this.#onSetAside({ path: this.path, movedTo, cause })
  }

  #open<T>(use: (db: DatabaseSync) => T): T {
    makeFolder(dirname(this.path))
    makeFile(this.path)
    this.#inode = inodeOf(this.path)
    const { size } = statSync(this.path)
    if (size > 0 && size < A_PAGE) mustBeginAsDatabase(this.path)
    const db = openDatabase(this.path)
    try {
      if (prepareDatabase(db, this.path, this.#maxPages) === 'older')
        throw new Useless('the file was made by an older version')
      return use(db)
    } catch (cause) {
      db.close()
      throw cause
    }
  }

  /** The first free name; where all are taken, the oldest makes room. */
  #placeAside(): string {
    const places = Array.from({ length: MOST_DAMAGED }, (_, n) => `${this.path}.damaged-${n + 1}`)
    const free = places.find((place) => !existsSync(place))
    if (free !== undefined) return free
    const oldest = places.reduce((a, b) => (statSync(a).ctimeMs <= statSync(b).ctimeMs ? a : b))
    rmSync(oldest, { force: true })
    rmSync(`${oldest}-wal`, { force: true })
    return oldest
  }
}

/** The file is to be set aside, though SQLite finds no fault with it. */
class Useless extends Error {
  override readonly name = 'Useless'
}

/**
 * The folder, and those it lies in. Not with the option `recursive`: where a folder says ENOENT of whatever is made in it,
 * as /proc does, Node would try again for ever.
 */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  const above = dirname(path)
  if (above !== path) makeFolder(above)
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    // Another process was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/**
 * Made before SQLite does, for its mode: the files beside it get the same. One that is there is not opened: closing it
 * would give up the locks of all connections that this process has to it, and others would take its log away.
 */
function makeFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

const MAGIC = Buffer.from('SQLite format 3\0')
const A_PAGE = 4096
const TEXT = /^[\t\n\r\x20-\x7e]+$/

/**
 * SQLite writes over a file that is shorter than a page, whatever it is. One of zeros it may make whole from its log.
 * What is longer it refuses itself: that must not be opened here, see {@link makeFile}.
 *
 * @throws TerraceError `ERR_OPTION_INVALID` for a text: a path that was meant for another file
 * @throws Useless for what is no database and no text
 */
function mustBeginAsDatabase(path: string): void {
  const begin = beginningOf(path, MAGIC.length)
  if (begin.equals(MAGIC) || begin.every((byte) => byte === 0)) return
  mustBeNoText(path)
  throw new Useless('the file is no database')
}

/** @throws TerraceError `ERR_OPTION_INVALID` for a text: a path that was meant for another file */
function mustBeNoText(path: string): void {
  const begin = beginningOf(path, MAGIC.length)
  if (begin.length === 0 || !TEXT.test(begin.toString('latin1'))) return
  throw new TerraceError('ERR_OPTION_INVALID', `disk: path: '${path}' is a text, and no database`)
}

function beginningOf(path: string, most: number): Buffer {
  const begin = Buffer.alloc(most)
  const file = openSync(path, 'r')
  try {
    return begin.subarray(0, readSync(file, begin))
  } finally {
    closeSync(file)
  }
}

function inodeOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino
}
