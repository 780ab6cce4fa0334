import { Audience } from './audience.ts'
import { databaseIn } from './checks.ts'
import { known, Unanswered, whileMaster } from './cluster-line.ts'
import type { Argument, Connection, Line, Master, OpenLine } from './connection.ts'

/** An ioredis or iovalkey client, as far as it is used here. Both majors of ioredis have this shape. */
export interface IoredisClient {
  readonly isCluster?: boolean
  readonly options: IoredisOptions
  callBuffer(command: string, ...args: never[]): Promise<unknown>
  on(...args: never[]): unknown
}

interface IoredisOptions {
  readonly keyPrefix?: string | undefined
  readonly enableOfflineQueue?: boolean | undefined
  readonly autoResendUnfulfilledCommands?: boolean | undefined
  readonly enableAutoPipelining?: boolean | undefined
  readonly scaleReads?: unknown
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly db?: number | string | undefined
}

/** The rest of it, which not every wrapper has. */
interface FullClient extends Omit<IoredisClient, 'callBuffer' | 'on'> {
  callBuffer(command: string, args: Argument[]): Promise<unknown>
  readonly createBuiltinCommand?: (command: string) => { buffer(this: FullClient, args: Argument[]): Promise<unknown> }
  on(event: string, listener: (...args: unknown[]) => void): unknown
  readonly duplicate?: (options: object) => FullClient
  readonly nodes?: (role: 'master') => FullClient[]
  /** Asks where the slots of a cluster are, one node after the other. */
  readonly refreshSlotsCache?: () => void
  /** What a connection has chosen by now. */
  readonly condition?: { readonly select?: number } | undefined
  connect(): Promise<unknown>
  subscribe(channel: string): Promise<unknown>
  unsubscribe(channel: string): Promise<unknown>
  off(event: string, listener: (...args: unknown[]) => void): unknown
  disconnect(): void
}

/** Settings of a connection that is given up when it is lost: the feed opens another one itself. */
const FLEETING = {
  lazyConnect: true,
  retryStrategy: () => null,
  reconnectOnError: null,
  autoResubscribe: false,
  enableOfflineQueue: false,
  connectionName: 'terrace-feed',
}

/** ioredis 5 and 6 and iovalkey, single server, Sentinel or cluster. The client stays its owner's. */
export class IoredisConnection implements Connection {
  readonly isCluster: boolean
  readonly database: number
  readonly warning: string | undefined
  readonly listen: OpenLine | undefined
  readonly #client: FullClient

  constructor(given: IoredisClient) {
    const client = given as unknown as FullClient
    this.#client = client
    this.isCluster = client.isCluster === true
    this.database = this.isCluster ? 0 : databaseIn(client.condition?.select ?? client.options.db)
    const { enableOfflineQueue, autoResendUnfulfilledCommands } = client.options
    const isResending = !this.isCluster && autoResendUnfulfilledCommands !== false
    if (enableOfflineQueue !== false || isResending) this.warning = QUEUEING
    if (this.isCluster ? client.nodes !== undefined : client.duplicate !== undefined) {
      this.listen = (...opening) => this.#open(...opening)
    }
  }

  send(_key: string, command: Argument[]): Promise<unknown> {
    const answer = call(this.#client, command)
    if (this.isCluster) this.#unanswered.note(answer)
    return answer
  }

  async masters(): Promise<readonly Master[]> {
    const clients = this.isCluster ? known(this.#client.nodes?.('master') ?? []) : [this.#client]
    return clients.map((client) => ({
      address: addressOf(client),
      send: (command) => call(client, command),
    }))
  }

  async close(): Promise<void> {}

  async #open(...opening: Parameters<OpenLine>): Promise<Line> {
    const around = this.isCluster ? known(this.#client.nodes!('master')) : [this.#client]
    // Published messages reach every node: whichever is asked next may be one that lives.
    const node = around[this.#turn++ % around.length]!
    const line = node.duplicate!(FLEETING)
    // Its errors come with the end of the connection; without a listener they would be printed.
    line.on('error', () => {})
    const opened = await ioredisLine(line, opening, true)
    if (!this.isCluster) return opened
    const address = addressOf(node)
    return whileMaster(opened, () => {
      // It asks where the slots are when some node says that they are not there, and a frozen one says nothing.
      if (this.#unanswered.any()) this.#client.refreshSlotsCache?.()
      return this.#client.nodes!('master').some((master) => addressOf(master) === address)
    })
  }

  #turn = 0
  readonly #unanswered = new Unanswered()
}

/** Listens over a client that somebody else made for that. */
export function ioredisLines(given: IoredisClient): OpenLine {
  const client = given as unknown as FullClient
  return (...opening) => ioredisLine(client, opening, false)
}

/** Subscribes with a client that is somebody else's, or that is ended with the line (`isOwn`). */
async function ioredisLine(
  client: FullClient,
  [channel, hears, givenUp]: Parameters<OpenLine>,
  isOwn: boolean,
): Promise<Line> {
  givenUp?.throwIfAborted()
  const audience = Audience.of(client)
  const leave = () => {
    if (isOwn) client.disconnect()
    else if (!audience.hears(channel)) client.unsubscribe(channel).catch(() => {})
  }
  let isOver = false
  const hear = (text: string) => hears.message(text)
  const end = () => {
    if (isOver) return
    isOver = true
    audience.leave(channel, hear)
    audience.off('message', onMessage)
    audience.off('close', onClose)
  }
  const onMessage = (from: unknown, text: unknown) => {
    if (from === channel && !isOver) hear(String(text))
  }
  const onClose = () => {
    if (isOver) return
    end()
    hears.lost()
  }
  const gone = Promise.withResolvers<never>()
  gone.promise.catch(() => {})
  givenUp?.addEventListener('abort', () => gone.reject(givenUp.reason))
  audience.join(channel, hear)
  audience.on('message', onMessage)
  try {
    if (isOwn) await Promise.race([client.connect(), gone.promise])
    // Where it is given up, the end of the subscription goes out behind it, and before the next one.
    await Promise.race([client.subscribe(channel), gone.promise])
  } catch (error) {
    end()
    leave()
    throw error
  }
  audience.on('close', onClose)
  return {
    // In small letters: by these a client knows what a subscribed connection may still send.
    ping: () => call(client, ['ping']),
    close: () => {
      end()
      leave()
    },
  }
}

function addressOf({ options }: FullClient): string {
  return `${options.host ?? ''}:${options.port ?? ''}`
}

/** Whether commands can be sent with such a client: one that pipelines by itself needs another way in, see {@link call}. */
export function hasWayIn(given: IoredisClient): boolean {
  const { options, createBuiltinCommand } = given as unknown as FullClient
  return !options?.enableAutoPipelining || createBuiltinCommand !== undefined
}

async function call(client: FullClient, command: Argument[]): Promise<unknown> {
  const name = command[0] as string
  // ioredis flattens what it is given; spread over the stack, a long list of keys would not fit.
  const args = command.slice(1)
  if (!client.options?.enableAutoPipelining) return client.callBuffer(name, args)
  // `callBuffer` into a pipeline loses the name of the command, and ends the process from a timer of ioredis's own.
  // What `createBuiltinCommand` makes goes to the server by itself, to that of its key: in a cluster a pipeline of
  // scripts may go to the wrong one. Steps and reads come gathered, so there is little left to win.
  return client.createBuiltinCommand!(name).buffer.call(client, args)
}

const QUEUEING =
  'this ioredis client keeps commands while it is not connected, and sends them later, some twice; the server ' +
  'refuses those that come too late, so nothing is lost or overwritten, but a level that is down answers late. ' +
  'Set enableOfflineQueue: false and autoResendUnfulfilledCommands: false.'
