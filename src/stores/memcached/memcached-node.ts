import type { Socket } from 'node:net'
import { TerraceError } from '../../errors.ts'
import type { Cancel, World } from '../../world/world.ts'
import { type Answered, Connection, type ConnectionSettings, type Failed, type Late } from './connection.ts'
import type { Reply } from './reply.ts'

/** How long to wait before the next attempt to reach a dead node, in milliseconds: doubled each time, cut by chance. */
const FIRST_WAIT = 100
const LONGEST_WAIT = 5000
/** A connection that held for this long begins anew at the first wait. */
const PROVEN = 1000

/**
 * One server, and the connection to it. The first call connects. A node that cannot be reached fails
 * its calls at once and is tried again in the background; no other node takes its keys.
 */
export class MemcachedNode {
  /** `host:port`. */
  readonly name: string
  /** Its place in the list of nodes. */
  readonly index: number
  readonly #world: World
  readonly #open: () => Socket
  readonly #settings: ConnectionSettings
  #connection: Connection | undefined
  #generation = 1
  #failures = 0
  #readySince = Number.POSITIVE_INFINITY
  #lastError: Error
  #cancelRetry: Cancel | undefined
  #isClosed = false
  /** What earlier connections have heard last. */
  #heardBefore = Number.NEGATIVE_INFINITY
  #wasFailing = false
  #onChange: ((isFailing: boolean) => void) | undefined

  constructor(world: World, name: string, index: number, open: () => Socket, settings: ConnectionSettings) {
    this.#world = world
    this.name = name
    this.index = index
    this.#open = open
    this.#settings = settings
    this.#lastError = new Error(`memcached ${name}: not connected`)
  }

  /**
   * Which connection this is, counted. What the server said in an earlier one may be of an earlier life
   * of it: its item versions (`cas`) begin anew then.
   */
  get generation(): number {
    return this.#generation
  }

  /** Whether a call would be sent. */
  get isUp(): boolean {
    return this.#connection?.isReady === true && !this.#connection.isSilent
  }

  /** Whether calls fail at once, for it does not answer or could not be reached. */
  get isFailing(): boolean {
    return this.#connection?.isSilent === true || (this.#failures > 1 && this.#connection?.isReady !== true)
  }

  /** The monotonic moment at which it last said anything. */
  get lastHeard(): number {
    return Math.max(this.#heardBefore, this.#connection?.lastHeard ?? Number.NEGATIVE_INFINITY)
  }

  /** Tells `onChange` from now on when calls begin to fail at once, and when they do not any more. */
  watch(onChange: (isFailing: boolean) => void): void {
    this.#onChange = onChange
  }

  /**
   * Sends one command, and its body. The promise is rejected if the node is dead, or does not answer in time;
   * `late` is told what it answers after that, or that it cannot any more.
   */
  ask(line: string, body?: Uint8Array, late?: Late): Promise<Reply> {
    return new Promise((resolve, reject) => this.send(line, body, resolve, reject, late))
  }

  /** {@link MemcachedNode.ask} for many calls at once: without a promise each. */
  send(line: string, body: Uint8Array | undefined, resolve: Answered, reject: Failed, late?: Late): void {
    if (this.#failures === 0 && this.#connection === undefined && !this.#isClosed) this.#connect()
    const connection = this.#connection
    // After one failure it may be back at once; after two it has to prove itself first.
    if (connection === undefined || (!connection.isReady && this.#failures > 1)) reject(this.#lastError)
    else connection.send(line, body, resolve, reject, late)
  }

  /**
   * Repeats a compare and swap until it is not `lost`, for as long as one call may take. Whoever loses one
   * has lost it against somebody who did not.
   *
   * @throws TerraceError `ERR_LEVEL_TIMEOUT`
   */
  async untilWon<T>(attempt: () => Promise<T | 'lost'>): Promise<T> {
    const end = this.#world.mono() + this.#settings.timeout
    do {
      const outcome = await attempt()
      if (outcome !== 'lost') return outcome
    } while (this.#world.mono() < end)
    const text = `memcached ${this.name}: the writes of others left no room within ${this.#settings.timeout} ms`
    throw new TerraceError('ERR_LEVEL_TIMEOUT', text)
  }

  close(): void {
    this.#isClosed = true
    this.#lastError = new Error(`memcached ${this.name}: closed`)
    this.#cancelRetry?.()
    this.#connection?.end(new Error('closed'))
  }

  #connect(): void {
    let socket: Socket
    try {
      socket = this.#open()
    } catch (error) {
      // Options of TLS that Node does not take: nothing will change them.
      this.#ended(error instanceof Error ? error : new Error(String(error)))
      return
    }
    this.#connection = new Connection(this.#world, this.name, socket, this.#settings, {
      ready: () => {
        this.#readySince = this.#world.mono()
        if (this.#failures > 0) this.#failures = 1
        this.#changed()
      },
      silence: () => this.#changed(),
      ended: (reason) => this.#ended(reason),
    })
  }

  #ended(reason: Error): void {
    const isProven = this.#world.mono() - this.#readySince >= PROVEN && this.#connection?.isSilent !== true
    this.#readySince = Number.POSITIVE_INFINITY
    this.#heardBefore = this.lastHeard
    this.#connection = undefined
    this.#generation++
    if (this.#isClosed) return
    this.#lastError = reason
    this.#failures = isProven ? 1 : Math.max(this.#failures, 1) + 1
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(10, this.#failures - 1))
    const delay = wait * (0.5 + this.#world.random() / 2)
    this.#cancelRetry = this.#world.after(this.#failures === 1 ? 0 : delay, () => this.#connect())
    this.#changed()
  }

  #changed(): void {
    const { isFailing } = this
    if (isFailing === this.#wasFailing) return
    this.#wasFailing = isFailing
    this.#onChange?.(isFailing)
  }
}
