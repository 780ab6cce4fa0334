import type { Socket } from 'node:net'
import { TerraceError } from '../../errors.ts'
import type { Cancel, World } from '../../world/world.ts'
import { Outbox } from './outbox.ts'
import { ProtocolError, type Reply } from './reply.ts'
import { ReplyParser } from './reply-parser.ts'

/** How connections behave. Times in milliseconds. */
export interface ConnectionSettings {
  /** How long a call may wait for its reply. */
  readonly timeout: number
  /** How long it may take until the server has answered for the first time. */
  readonly connectTimeout: number
  /** The most calls that wait for a reply, those given up on included. */
  readonly maxInFlight: number
  /** The most bytes of commands that have not gone out yet. */
  readonly maxQueuedBytes: number
  /** The largest value taken. */
  readonly maxValueBytes: number
}

/** Who is told how a connection fares. */
export interface ConnectionEvents {
  /** The server has answered. */
  ready(): void
  /** It is silent, or not any more. */
  silence(): void
  /** It is over, for this reason; all its calls have been rejected. */
  ended(reason: Error): void
}

/** Who is told a reply, or why there is none. Must not throw. */
export type Answered = (reply: Reply) => void
export type Failed = (error: Error) => void
/** Who is told the reply that comes after the timeout; nothing where the connection ends before. */
export type Late = (reply: Reply | undefined) => void

interface Call {
  readonly resolve: Answered
  readonly reject: Failed
  readonly late: Late | undefined
  readonly sent: number
  /** Given up on: its reply is nobody's when it comes, unless somebody wants it `late`. */
  isOver: boolean
}

/** A server that owes replies and says nothing for this many timeouts, or this many milliseconds, is given up on. */
const SILENT_TIMEOUTS = 4
const SILENT_LEAST = 1000
const KEEPALIVE = 30_000

/**
 * One socket to one server, from the first attempt to its end. Commands of one turn of the event loop
 * go out in one write; replies come in the order of the commands, so that a call that is given up on
 * keeps its place: its late reply is dropped, and no other call is mistaken for it.
 *
 * The socket keeps the process alive while a call waits, and otherwise does not.
 */
export class Connection {
  readonly #world: World
  readonly #name: string
  readonly #socket: Socket
  readonly #settings: ConnectionSettings
  readonly #events: ConnectionEvents
  readonly #parser: ReplyParser
  readonly #outbox = new Outbox()
  /** Calls in the order of their commands, from `#first` on; before it they are answered. */
  #calls: Call[] = []
  #first = 0
  /** Calls that are not over. */
  #waiting = 0
  #isOpen = false
  #isReady = false
  #isEnded = false
  #isFlushing = false
  #lastHeard = Number.NEGATIVE_INFINITY
  /** Stops the wait for a word of a server that owes replies; `undefined` while it answers. */
  #cancelSilence: Cancel | undefined
  /** Stops the wait for replies to calls that were given up on; `undefined` while there are none, or it has to prove itself first. */
  #cancelOwed: Cancel | undefined
  #cancelWatch: Cancel | undefined
  readonly #cancelConnect: Cancel

  constructor(world: World, name: string, socket: Socket, settings: ConnectionSettings, events: ConnectionEvents) {
    this.#world = world
    this.#name = name
    this.#socket = socket
    this.#settings = settings
    this.#events = events
    this.#parser = new ReplyParser(settings.maxValueBytes, (reply) => this.#take(reply))
    // Whoever accepts the connection may be frozen: only an answer shows that the server works.
    this.#outbox.add('mn\r\n')
    const late = () => this.end(new Error(`no answer within ${settings.connectTimeout} ms of connecting`))
    this.#cancelConnect = world.after(settings.connectTimeout, late)
    socket.setNoDelay(true)
    socket.setKeepAlive(true, KEEPALIVE)
    socket.on('error', (error) => this.end(error))
    socket.on('close', () => this.end(new Error('the connection was closed')))
    socket.on('data', (chunk: Buffer) => this.#hear(chunk))
    socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => {
      this.#isOpen = true
      this.#flush()
    })
    socket.unref()
  }

  /** The server has answered. */
  get isReady(): boolean {
    return this.#isReady
  }

  /** The monotonic moment at which the server last said anything. */
  get lastHeard(): number {
    return this.#lastHeard
  }

  /** It owes replies, and is not asked again before it says something. */
  get isSilent(): boolean {
    return this.#cancelSilence !== undefined
  }

  /**
   * Sends a command of single-byte characters, with its end, and the body it announces. Exactly one of
   * `resolve` and `reject` is called: the latter after the timeout, when the connection ends, or at once.
   * A call that was rejected may still take effect: `late` is told the reply that comes after the timeout, or that none can.
   */
  send(line: string, body: Uint8Array | undefined, resolve: Answered, reject: Failed, late?: Late): void {
    const refusal = this.#refusal()
    if (refusal !== undefined) {
      reject(refusal)
      return
    }
    this.#calls.push({ resolve, reject, late, sent: this.#world.mono(), isOver: false })
    if (this.#waiting++ === 0) this.#socket.ref()
    if (body === undefined) this.#outbox.add(line)
    else this.#outbox.addWithBody(line, body)
    this.#watch()
    if (this.#isFlushing || !this.#isOpen) return
    this.#isFlushing = true
    process.nextTick(() => this.#flush())
  }

  end(reason: Error): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#isReady = false
    this.#cancelConnect()
    this.#cancelWatch?.()
    this.#cancelSilence?.()
    this.#cancelOwed?.()
    this.#socket.destroy()
    const error = failure(this.#name, reason)
    for (const call of this.#calls.slice(this.#first)) {
      if (call.isOver) call.late?.(undefined)
      else call.reject(error)
    }
    this.#calls = []
    this.#first = 0
    this.#events.ended(error)
  }

  #refusal(): Error | undefined {
    if (this.#isEnded) return failure(this.#name, new Error('the connection is closed'))
    if (this.isSilent) return failure(this.#name, new Error('the server does not answer'))
    if (this.#calls.length - this.#first >= this.#settings.maxInFlight) {
      return failure(this.#name, new Error(`${this.#settings.maxInFlight} calls are waiting already`))
    }
    if (this.#outbox.bytes + this.#socket.writableLength > this.#settings.maxQueuedBytes) {
      return failure(this.#name, new Error(`more than ${this.#settings.maxQueuedBytes} bytes are waiting to be sent`))
    }
    return undefined
  }

  #flush(): void {
    this.#isFlushing = false
    if (this.#isOpen && !this.#isEnded) this.#outbox.flush(this.#socket)
  }

  #hear(chunk: Buffer): void {
    if (this.#isEnded) return
    this.#lastHeard = this.#world.mono()
    if (this.#cancelSilence !== undefined) {
      this.#cancelSilence()
      this.#cancelSilence = undefined
      this.#events.silence()
    }
    try {
      this.#parser.feed(chunk)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.end(error)
    }
  }

  #take(reply: Reply): void {
    if (this.#isEnded) return
    if (!this.#isReady) {
      if (reply.code !== 'MN') throw new ProtocolError('no answer to a greeting')
      this.#isReady = true
      this.#cancelConnect()
      this.#events.ready()
      return
    }
    const call = this.#calls[this.#first]
    if (call === undefined) throw new ProtocolError('a reply to nothing')
    this.#first++
    if (this.#first === this.#calls.length) {
      this.#calls = []
      this.#first = 0
    } else if (this.#first === 4096) {
      this.#calls = this.#calls.slice(4096)
      this.#first = 0
    }
    if (call.isOver) {
      call.late?.(reply)
      return
    }
    call.resolve(reply)
    this.#settled()
  }

  #settled(): void {
    if (--this.#waiting === 0) this.#socket.unref()
  }

  /** One timer a connection: calls have the same timeout, so the first of them is due first. */
  #watch(): void {
    if (this.#cancelWatch !== undefined || this.#waiting === 0) return
    const due = this.#firstWaiting()!.sent + this.#settings.timeout
    this.#cancelWatch = this.#world.after(due - this.#world.mono(), () => {
      // Replies that came while this process was busy lie in the socket: they are read first.
      this.#cancelWatch = this.#world.after(1, () => {
        this.#cancelWatch = undefined
        this.#giveUpOnLate()
        if (!this.#isEnded) this.#watch()
      })
    })
  }

  #firstWaiting(): Call | undefined {
    for (let n = this.#first; n < this.#calls.length; n++) if (!this.#calls[n]!.isOver) return this.#calls[n]
    return undefined
  }

  #giveUpOnLate(): void {
    const now = this.#world.mono()
    const { timeout } = this.#settings
    for (let n = this.#first; n < this.#calls.length; n++) {
      const call = this.#calls[n]!
      if (call.isOver) continue
      if (call.sent + timeout > now) break
      call.isOver = true
      this.#settled()
      call.reject(new TerraceError('ERR_LEVEL_TIMEOUT', `memcached ${this.#name}: no answer within ${timeout} ms`))
      if (this.#lastHeard < call.sent) this.#fallSilent()
      else this.#expectOwed()
    }
  }

  /** Nothing came since a call that is overdue: no more calls before something does, and at last an end. */
  #fallSilent(): void {
    if (this.#cancelSilence !== undefined) return
    const patience = this.#patience
    this.#cancelSilence = this.#world.after(patience, () => this.end(new Error(`no answer for ${patience} ms`)))
    this.#events.silence()
  }

  /** It has answered others since a call that is overdue, and may have stopped there: nobody else may ask it anything. */
  #expectOwed(): void {
    if (this.#cancelOwed !== undefined) return
    const patience = this.#patience
    this.#cancelOwed = this.#world.after(patience, () => {
      this.#cancelOwed = undefined
      if (this.#calls[this.#first]?.isOver !== true) return
      if (this.#world.mono() - this.#lastHeard < patience) this.#expectOwed()
      else this.end(new Error(`no answer for ${patience} ms`))
    })
  }

  get #patience(): number {
    return Math.max(SILENT_LEAST, SILENT_TIMEOUTS * this.#settings.timeout)
  }
}

function failure(name: string, cause: Error): Error {
  return new Error(`memcached ${name}: ${cause.message || cause.name}`, { cause })
}
