import { Apart } from './apart.ts'
import { Audience, type Emitter } from './audience.ts'
import { databaseIn } from './checks.ts'
import type { Argument, Connection, Line, Master, OpenLine } from './connection.ts'
import { destroy } from './ending.ts'

/** A client of node-redis 4, 5 or 6 for one server, as far as it is used here. */
export interface NodeRedisClient {
  readonly isReady: boolean
  sendCommand(...args: never[]): Promise<unknown>
  on(...args: never[]): unknown
}

/** A cluster client of node-redis 4, 5 or 6, as far as it is used here. */
export interface NodeRedisCluster {
  readonly slots: unknown
  readonly masters: unknown
  sendCommand(...args: never[]): Promise<unknown>
  nodeClient(...args: never[]): unknown
}

/** A Sentinel client of node-redis 5 or 6, as far as it is used here. */
export interface NodeRedisSentinel {
  readonly isReady: boolean
  sendCommand(...args: never[]): Promise<unknown>
  getMasterNode(): unknown
}

interface FullSentinel {
  sendCommand(isReadonly: boolean, args: Argument[], options: Answers): Promise<unknown>
  getMasterNode(): { readonly host: string; readonly port: number } | undefined
  subscribe(channel: string, listener: Listener): Promise<unknown>
  unsubscribe(channel: string, listener: Listener): Promise<unknown>
  on(event: string, listener: (...args: unknown[]) => void): unknown
  off(event: string, listener: (...args: unknown[]) => void): unknown
}

/** What is used of a client for one server. */
export interface FullClient {
  readonly isReady: boolean
  readonly isOpen: boolean
  readonly options?: {
    readonly disableOfflineQueue?: boolean
    readonly database?: number
    readonly socket?: { host?: string; port?: number }
  }
  sendCommand(args: Argument[], options: Answers): Promise<unknown>
  on(event: string, listener: (...args: unknown[]) => void): unknown
  off(event: string, listener: (...args: unknown[]) => void): unknown
  connect(): Promise<unknown>
  ping(): Promise<unknown>
  subscribe(channel: string, listener: Listener): Promise<unknown>
  unsubscribe(channel: string, listener: Listener): Promise<unknown>
  readonly duplicate?: (options: object) => FullClient
  readonly destroy?: () => void
  readonly disconnect?: () => unknown
}

/** How a command is to be answered: see {@link ANSWERS}. */
export interface Answers {
  readonly typeMapping: object
  readonly returnBuffers: boolean
  readonly timeout: number
}

type Listener = (message: unknown, channel: unknown) => void

/**
 * Bulk strings (type 36, `$`) as Buffers: `typeMapping` for majors 5 and 6, `returnBuffers` for 4. The
 * level has a deadline of its own; that of the client costs a timer a command and ends nothing that was sent.
 */
export const ANSWERS: Answers = Object.freeze({
  typeMapping: Object.freeze({ 36: Buffer }),
  returnBuffers: true,
  timeout: 0,
})

/** node-redis 4 to 6, one server. */
export class NodeRedisConnection implements Connection {
  readonly isCluster = false
  readonly database: number
  readonly warning: string | undefined
  readonly listen: OpenLine | undefined
  readonly #client: FullClient
  readonly #reads = new Apart()

  constructor(given: NodeRedisClient) {
    const client = given as unknown as FullClient
    this.#client = client
    this.database = databaseIn(client.options?.database)
    if (client.options?.disableOfflineQueue !== true) this.warning = QUEUEING
    if (client.duplicate !== undefined) this.listen = (...opening) => openLine(client, ...opening)
  }

  send(_key: string, command: Argument[]): Promise<unknown> {
    if (command[0] !== 'MGET') return this.#client.sendCommand(command, ANSWERS)
    return this.#reads.send(command.length - 1, () => this.#client.sendCommand(command, ANSWERS))
  }

  async masters(): Promise<readonly Master[]> {
    return [asMaster(this.#client)]
  }

  async close(): Promise<void> {}
}

/** A Sentinel client of node-redis 5 or 6. */
export class NodeRedisSentinelConnection implements Connection {
  readonly isCluster = false
  /** It tells nobody what it was made with. */
  readonly database = 0
  readonly warning: string | undefined
  readonly #sentinel: FullSentinel

  constructor(given: NodeRedisSentinel) {
    this.#sentinel = given as unknown as FullSentinel
  }

  /** Never asked of a replica: it may not know yet what was invalidated. */
  readonly send = (_key: string, command: Argument[]): Promise<unknown> =>
    this.#sentinel.sendCommand(false, command, ANSWERS)

  async masters(): Promise<readonly Master[]> {
    const { host = '', port = '' } = this.#sentinel.getMasterNode() ?? {}
    return [{ address: `${host}:${port}`, send: (command) => this.send('', command) }]
  }

  readonly listen: OpenLine = (...opening) =>
    nodeRedisLine(this.#sentinel, opening, () => this.send('', ['PING']), undefined)

  async close(): Promise<void> {}
}

/** Listens over a client that somebody else made for that. */
export function nodeRedisLines(given: NodeRedisClient): OpenLine {
  const client = given as unknown as FullClient
  return (...opening) => nodeRedisLine(client, opening, () => client.ping(), undefined)
}

/** Listens over a duplicate of a client, which ends with the line. */
export async function openLine(client: FullClient, ...opening: Parameters<OpenLine>): Promise<Line> {
  opening[2]?.throwIfAborted()
  const ending = new AbortController()
  const socket = { ...client.options?.socket, reconnectStrategy: false, signal: ending.signal }
  const line = client.duplicate!({ socket, disableOfflineQueue: false, pingInterval: undefined })
  const end = () => {
    destroy(line)
    // A client that is told to end while it connects forgets its socket, which would open and belong to nobody.
    ending.abort()
  }
  return nodeRedisLine(line, opening, () => line.ping(), { connect: () => line.connect(), end })
}

interface Subscribing extends Emitter {
  subscribe(channel: string, listener: Listener): Promise<unknown>
  unsubscribe(channel: string, listener: Listener): Promise<unknown>
}

/** What is done with a client that was made for a line, and ends with it. */
interface Own {
  connect(): Promise<unknown>
  end(): void
}

/** Subscribes with a client that is somebody else's, or that is ended with the line (`own`). */
async function nodeRedisLine(
  client: Subscribing,
  [channel, hears, givenUp]: Parameters<OpenLine>,
  ping: () => Promise<unknown>,
  own: Own | undefined,
): Promise<Line> {
  givenUp?.throwIfAborted()
  let isOver = false
  let isHeard = false
  const audience = Audience.of(client)
  const hear = (text: string) => hears.message(text)
  let subscribing: Promise<unknown> | undefined
  /** Not while a subscription is under way: the client would not know yet what it is to end. */
  const unsubscribe = async () => {
    await subscribing?.catch(() => {})
    if (!audience.hears(channel)) await client.unsubscribe(channel, audience.tell)
  }
  const leave = () => {
    isOver = true
    audience.leave(channel, hear)
    for (const event of ENDS) audience.off(event, lost)
    if (own !== undefined) own.end()
    else unsubscribe().catch(() => {})
  }
  const gone = Promise.withResolvers<never>()
  gone.promise.catch(() => {})
  const lost = () => {
    if (isOver) return
    leave()
    if (isHeard) hears.lost()
    // What is asked of a client that is ended may never be answered.
    else gone.reject(new Error('the connection was lost'))
  }
  // An error event nobody listens for would be thrown, also one that comes after the end.
  if (own !== undefined) client.on('error', () => {})
  for (const event of ENDS) audience.on(event, lost)
  const giveUp = () => {
    if (!isHeard) lost()
  }
  givenUp?.addEventListener('abort', giveUp)
  audience.join(channel, hear)
  try {
    await Promise.race([own?.connect(), gone.promise])
    subscribing = client.subscribe(channel, audience.tell)
    await Promise.race([subscribing, gone.promise])
    if (isOver) throw new Error('the connection was lost')
    isHeard = true
  } catch (error) {
    if (!isOver) leave()
    throw error
  }
  return { ping, close: leave }
}

/** After these nothing more is heard, or something was missed. */
const ENDS = ['error', 'end', 'reconnecting', 'terminated', 'topology-change']

function asMaster(client: FullClient): Master {
  const { host = '', port = '' } = client.options?.socket ?? {}
  return { address: `${host}:${port}`, send: (command) => client.sendCommand(command, ANSWERS) }
}

const QUEUEING =
  'this client of node-redis keeps commands while it is not connected and sends them later; the server then ' +
  'refuses them, so nothing is lost or overwritten, but a level that is down answers late. ' +
  'Set disableOfflineQueue: true.'
