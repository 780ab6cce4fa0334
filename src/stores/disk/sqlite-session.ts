import { TerraceError } from '../../errors.ts'
import type { World } from '../../world/world.ts'
import type { News, Point } from '../ledger.ts'
import type { LedgerCore } from '../ledger-core.ts'
import type { ShardState } from '../ledger-core-tables.ts'
import { ReadChain } from './read-chain.ts'
import { SqliteConnection } from './sqlite-connection.ts'
import { type SetAside, SqliteFile } from './sqlite-file.ts'
import { requireSqlite, troubleOf } from './sqlite-module.ts'
import { PAGE, SqliteUpkeep } from './sqlite-upkeep.ts'
import { StayAlive } from './stay-alive.ts'

/** {@link SqliteSession}'s settings, complete. */
export interface SqliteSettings {
  /** Absolute. */
  readonly path: string
  readonly maxBytes: number
  readonly maxEntries: number
  readonly leaseTime: number
  readonly onSetAside: (event: SetAside) => void
}

/** One thing to be done within a transaction. */
interface Job {
  readonly bytes: number
  readonly run: (core: LedgerCore, time: number) => unknown
  readonly resolve: (result: never) => void
  readonly reject: (cause: unknown) => void
}

/** Reads, in so many statements as it was said. */
type Reads<T> = (connection: SqliteConnection, upkeep: SqliteUpkeep) => T

interface Open {
  readonly connection: SqliteConnection
  readonly upkeep: SqliteUpkeep
}

/** Where the shard stood after this process's last transaction, and the version of the database then. */
interface Known {
  readonly version: unknown
  readonly state: ShardState
}

/** How often a call is tried again where others hold the lock: with pauses of 1, 2, 4 … ms. */
const MOST_TRIES = 7
/** How many jobs go into one transaction. */
const MOST_JOBS = 256
/** How often room is made for one job where the file is full, with more force each time. */
const MOST_RELIEFS = 3
const UPKEEP_EVERY = 5000
const UPKEEP_SOON = 50
/** After a failure to open the file it is left alone for so many milliseconds. */
const REOPEN_AFTER = 1000

/**
 * A process's dealings with a database that may be locked, full, damaged, replaced or out of reach:
 * opens it when it is needed, gathers what is to be written, tries again where that helps.
 */
export class SqliteSession {
  readonly #settings: SqliteSettings
  readonly #world: World
  readonly #file: SqliteFile
  readonly #clock: () => number
  #open: Open | undefined
  #trouble: { readonly cause: unknown; readonly until: number } | undefined
  #queue: Job[] = []
  #draining: Promise<void> | undefined
  #closed = false
  readonly #stayAlive = new StayAlive()
  #cancelUpkeep: () => void = () => undefined
  #known: Known | undefined
  readonly #chain: ReadChain

  constructor(settings: SqliteSettings, world: World) {
    requireSqlite()
    const maxPages = Math.ceil(settings.maxBytes / PAGE)
    this.#settings = settings
    this.#world = world
    this.#clock = () => world.wall()
    this.#chain = new ReadChain(world, () => this.#open?.connection.endReading())
    // More than the bound, so that there is room for what an eviction itself needs.
    this.#file = new SqliteFile(settings.path, Math.ceil(maxPages * 1.1) + 256, settings.onSetAside)
    try {
      this.#opened()
    } catch (cause) {
      // A mistake of who made the level is told at once; a file out of reach is a level that fails.
      if (cause instanceof TerraceError) throw cause
    }
    this.#cancelUpkeep = world.after(UPKEEP_EVERY, this.#keepUp)
  }

  /**
   * Reads at once; in the background again where the database was locked or damaged.
   *
   * A read of one statement stands alone. Those that follow it before the event loop goes on
   * see one state of the database: what another process has told cannot have come in between.
   */
  read<T>(statements: number, work: Reads<T>): Promise<T> {
    try {
      return Promise.resolve(this.#readNow(statements, work))
    } catch (cause) {
      return this.#readAgain(statements, work, cause)
    }
  }

  #readNow<T>(statements: number, work: Reads<T>): T {
    const { connection, upkeep } = this.#open ?? this.#opened()
    if (this.#chain.follows() || statements > 1) connection.beginReading(this.#world.tick())
    return work(connection, upkeep)
  }

  async #readAgain<T>(statements: number, work: Reads<T>, failure: unknown): Promise<T> {
    let cause = failure
    for (let tries = 0; ; tries++) {
      this.#open?.connection.abandonReading()
      if (!(await this.#mayTryAgain(cause, tries))) throw cause
      try {
        return this.#readNow(statements, work)
      } catch (again) {
        cause = again
      }
    }
  }

  /** Does `run` in the next transaction; `bytes` is what it writes at most. */
  write<T>(bytes: number, run: (core: LedgerCore, time: number) => T): Promise<T> {
    if (this.#closed) return Promise.reject(closed())
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ bytes, run, resolve, reject })
      if (this.#queue.length === 1 && this.#draining === undefined) this.#world.soon(this.#startDraining)
    })
  }

  /** `Ledger.sync`. Where nobody has written anything since it was asked last, it costs one look. */
  async sync(since: Point | undefined): Promise<News> {
    if (this.#open !== undefined && this.#file.isReplaced()) this.#shut()
    const known = this.#known
    if (known !== undefined && since !== undefined && this.#open !== undefined) {
      const { reign, era, link } = known.state
      const isSame = since.reign === reign && since.era === era && since.link === link
      if (isSame && this.#open.connection.dataVersion() === known.version) {
        return { kind: 'since', reign, era, link, prev: link, time: this.#clock(), steps: [] }
      }
    }
    return this.write(0, (core, time) => core.sync(time, since))
  }

  /** Finishes what was begun, brings the log into the file and closes it. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#cancelUpkeep()
    this.#startDraining()
    await this.#draining
    this.#stayAlive.close()
    this.#shut()
  }

  readonly #startDraining = (): void => {
    if (this.#draining !== undefined || this.#queue.length === 0) return
    this.#draining = this.#drain()
    this.#world.background(this.#draining, 'writing to the file of a cache')
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) await this.#commit(this.#queue.splice(0, MOST_JOBS))
    this.#draining = undefined
  }

  /** Does all jobs in one transaction; where that fails for a reason that one of them may be, each by itself. */
  async #commit(jobs: readonly Job[]): Promise<void> {
    // Several jobs may be more than the file can hold, where each is not.
    const reliefs = jobs.length === 1 ? MOST_RELIEFS : 1
    let relieved = 0
    for (let tries = 0; ; tries++) {
      try {
        for (const settle of this.#transact(jobs)) settle()
        return
      } catch (cause) {
        if (troubleOf(cause) === 'full' && relieved < reliefs && this.#relieve(relieved++)) continue
        if (await this.#mayTryAgain(cause, tries)) continue
        if (jobs.length > 1 && troubleOf(cause) !== 'busy') for (const job of jobs) await this.#commit([job])
        else for (const job of jobs) job.reject(cause)
        return
      }
    }
  }

  #transact(jobs: readonly Job[]): (() => void)[] {
    const { connection, upkeep } = this.#open ?? this.#opened()
    let known: Known | undefined
    this.#known = undefined
    const settlers = connection.transaction(this.#clock, (time) => {
      const settlers = jobs.map(({ run, resolve, reject }) => {
        try {
          const result = run(connection.core, time)
          return () => resolve(result as never)
        } catch (cause) {
          // The one refusal of a step that came too late; anything else undoes the whole transaction.
          if (cause instanceof TerraceError) return () => reject(cause)
          throw cause
        }
      })
      upkeep.makeRoom(jobs.reduce((sum, { bytes }) => sum + bytes, 0))
      known = connection.tables.row.state && { version: connection.dataVersion(), state: connection.tables.row.state }
      return settlers
    })
    this.#known = known
    return settlers
  }

  /** Does what can be done about a failure. @returns whether it is worth another try */
  async #mayTryAgain(cause: unknown, tries: number): Promise<boolean> {
    const trouble = troubleOf(cause)
    if (trouble === 'busy' && tries < MOST_TRIES) {
      await this.#pause(2 ** tries * (0.5 + this.#world.random()))
      return true
    }
    if (tries > 0) return false
    if (trouble !== 'damaged' || this.#open === undefined) return false
    this.#shut()
    try {
      this.#file.setAside(cause)
      return true
    } catch {
      // Not to be moved: then the level fails with what was wrong with the file.
      return false
    }
  }

  #pause(ms: number): Promise<void> {
    return this.#stayAlive.during(new Promise<void>((go) => this.#world.after(ms, go)))
  }

  #relieve(before: number): boolean {
    try {
      const { connection, upkeep } = this.#opened()
      connection.transaction(this.#clock, () => upkeep.relieve(before))
      return true
    } catch {
      // Then the call is told what it failed with in the first place.
      return false
    }
  }

  #opened(): Open {
    if (this.#open !== undefined) return this.#open
    const now = this.#world.mono()
    if (this.#closed) throw closed()
    if (this.#trouble !== undefined && now < this.#trouble.until) throw this.#trouble.cause
    try {
      const { leaseTime, maxBytes, maxEntries } = this.#settings
      const bounds = { maxEntries, maxPages: Math.ceil(maxBytes / PAGE) }
      this.#open = this.#file.open((db) => {
        const connection = new SqliteConnection(db, leaseTime, () => this.#nameReign(), maxBytes)
        return { connection, upkeep: new SqliteUpkeep(db, connection.tables, bounds) }
      })
      this.#trouble = undefined
      return this.#open
    } catch (cause) {
      if (troubleOf(cause) !== 'busy') this.#trouble = { cause, until: now + REOPEN_AFTER }
      throw cause
    }
  }

  #shut(): void {
    const open = this.#open
    this.#open = undefined
    this.#known = undefined
    try {
      open?.connection.close()
    } catch {
      // A damaged file may refuse; the descriptor goes with the object.
    }
  }

  readonly #keepUp = (): void => {
    let isMore = false
    try {
      if (this.#open?.upkeep.isDue(this.#clock())) {
        const { connection, upkeep } = this.#open
        isMore = connection.transaction(this.#clock, (time) => upkeep.tidy(time))
      }
    } catch {
      // Locked, or in a trouble that the next call meets as well, and reports.
    }
    if (!this.#closed) this.#cancelUpkeep = this.#world.after(isMore ? UPKEEP_SOON : UPKEEP_EVERY, this.#keepUp)
  }

  /** 16 random hexadecimal digits. */
  #nameReign(): string {
    const half = () => Math.floor(this.#world.random() * 2 ** 32)
    return [half(), half()].map((number) => number.toString(16).padStart(8, '0')).join('')
  }
}

function closed(): TerraceError {
  return new TerraceError('ERR_CLOSED', 'disk: the file has been closed')
}
