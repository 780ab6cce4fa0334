import { TerraceError } from '../../errors.ts'
import type { World } from '../../world/world.ts'
import type { Address } from './address.ts'
import type { Argument, Connection, Master, OpenLine } from './connection.ts'
import { discreet } from './discreet.ts'
import { type Endable, Ending } from './ending.ts'
import { Heartbeat } from './heartbeat.ts'
import { NodeRedisConnection, NodeRedisSentinelConnection } from './node-redis.ts'
import { NodeRedisClusterConnection } from './node-redis-cluster.ts'

/** How the client is set up that this store makes itself. */
export interface MadeSettings {
  /** One server, unless there are nodes or sentinels. */
  readonly address: Address
  readonly nodes: readonly Address[] | undefined
  readonly sentinels:
    | {
        readonly addresses: readonly Address[]
        readonly name: string
        readonly username: string | undefined
        readonly password: string | undefined
      }
    | undefined
  readonly username: string | undefined
  readonly password: string | undefined
  readonly database: number
  /** Options of `node:tls`; `undefined` without encryption. */
  readonly tls: object | undefined
  /** Milliseconds. */
  readonly connectTimeout: number
  readonly maxRetries: number
}

/** A connection that says nothing for so long, though it is asked for a sign of life, is broken off; in milliseconds. */
const PING_EVERY = 2000
const SILENCE = 5000
/** Milliseconds before another attempt to connect: doubled each time, with jitter. */
const SHORTEST = 50
const LONGEST = 2000

/** What is used of a client of `@redis/client`, of any kind. */
interface MadeClient extends Endable {
  readonly masters?: readonly { readonly client?: MadeClient | undefined }[]
  connect(): Promise<unknown>
  sendCommand(...args: unknown[]): Promise<unknown>
}

interface RedisModule {
  createClient(options: object): MadeClient
  createCluster(options: object): MadeClient
  createSentinel(options: object): MadeClient
}

type LoadClient = () => Promise<unknown>

/**
 * What a client is made with: some megabytes of code, so it is better begun early.
 *
 * @throws TerraceError `ERR_UNSUPPORTED` where it is not installed
 */
export async function loadClient(load: LoadClient = () => import('@redis/client')): Promise<unknown> {
  try {
    return await load()
  } catch (cause) {
    const text = 'the package @redis/client cannot be loaded: npm install @redis/client'
    throw new TerraceError('ERR_UNSUPPORTED', text, { cause })
  }
}

/**
 * A client of `@redis/client`, made here: it connects by itself, again and again, and refuses
 * commands at once while it is not connected. Before the first attempt is decided they wait for it.
 */
export class MadeConnection implements Connection {
  readonly isCluster: boolean
  readonly database: number
  readonly warning = undefined
  readonly #settings: MadeSettings
  readonly #world: World
  #client: MadeClient | undefined
  #connection: Connection | undefined
  #opening: Promise<void> | undefined
  #failure: unknown
  readonly #ending: Ending
  readonly #heartbeat: Heartbeat<MadeClient>
  #failures = 0
  #cancel = () => {}

  constructor(settings: MadeSettings, world: World, load?: LoadClient) {
    this.isCluster = settings.nodes !== undefined
    this.database = settings.database
    this.#settings = settings
    this.#world = world
    this.#ending = new Ending(this.#isSingle)
    this.#heartbeat = new Heartbeat(
      world,
      () => this.#clients(),
      this.#ping,
      (client) => this.#breakOff(client),
    )
    this.#opening = this.#open(load)
    world.background(this.#opening, 'connecting to Redis')
  }

  /** A call in full flight is handed on without a promise more. */
  send(key: string, command: Argument[]): Promise<unknown> {
    const connection = this.#connection
    if (connection === undefined) return this.#ready().then((ready) => ready.send(key, command))
    if (this.#client!.isReady === false) return Promise.reject(this.#notConnected())
    return connection.send(key, command)
  }

  async masters(): Promise<readonly Master[]> {
    return (await this.#ready()).masters()
  }

  readonly listen: OpenLine = async (...opening) => (await this.#ready()).listen!(...opening)

  async close(): Promise<void> {
    this.#cancel()
    this.#heartbeat.end()
    this.#connection = undefined
    this.#ending.end()
  }

  async #ready(): Promise<Connection> {
    await this.#opening
    if (this.#ending.isOver) throw new TerraceError('ERR_CLOSED', 'the level is closed')
    if (this.#connection === undefined || this.#client?.isReady === false) throw this.#notConnected()
    return this.#connection
  }

  /** With what went wrong last: a refused connection, a wrong password, no such host. */
  #notConnected(): Error {
    const cause = discreet(this.#failure)
    const why = cause instanceof Error ? cause.message || cause.name : 'no server could be reached'
    return new Error(`not connected to Redis: ${why}${hintAt(why)}`, { cause })
  }

  /** Resolves when the first attempt has led somewhere. */
  async #open(load: LoadClient | undefined): Promise<void> {
    let module: RedisModule
    try {
      module = (await loadClient(load)) as RedisModule
    } catch (error) {
      this.#failure = error
      throw error
    }
    if (this.#ending.isOver) return
    const client = this.#make(module)
    this.#client = client
    this.#ending.watch(client)
    this.#heartbeat.begin()
    await new Promise<void>((tried) => {
      client.on('error', (error) => {
        this.#failure = error
        if (this.#isSingle) this.#use(client)
        tried()
      })
      client.on('ready', () => {
        this.#use(client)
        tried()
      })
      this.#connect(client, tried)
    })
  }

  get #isSingle(): boolean {
    return !this.isCluster && this.#settings.sentinels === undefined
  }

  #use(client: MadeClient): void {
    if (!this.#ending.isOver) this.#connection ??= this.#over(client)
  }

  /** A single client goes on trying by itself; the others give up when no node can be asked. */
  #connect(client: MadeClient, tried: () => void): void {
    this.#ending.opening()
    client.connect().then(
      () => {
        this.#failures = 0
        this.#use(client)
        this.#ending.settled()
        tried()
      },
      (error) => {
        this.#failure ??= error
        this.#ending.settled()
        tried()
        if (this.#ending.isOver || this.#isSingle || this.#failures >= this.#settings.maxRetries) return
        this.#cancel = this.#world.after(this.#delay(this.#failures++), () => this.#connect(client, tried))
      },
    )
  }

  /** Those that have a connection each, as far as they can be reached. */
  #clients(): readonly MadeClient[] {
    const nodes = this.isCluster ? this.#client!.masters?.map(({ client }) => client) : [this.#client]
    return nodes?.filter((client) => client !== undefined) ?? []
  }

  readonly #ping = (client: MadeClient): Promise<unknown> =>
    this.#settings.sentinels === undefined ? client.sendCommand(['PING']) : client.sendCommand(false, ['PING'])

  /** Ends what is silent, and connects it again. */
  async #breakOff(client: MadeClient): Promise<void> {
    this.#failure = new Error('the server has fallen silent')
    try {
      await client.destroy()
    } catch {
      // It has ended by itself.
    }
    if (this.#ending.isOver) return
    if (this.isCluster) client.connect().catch(() => {})
    else this.#connect(client, () => {})
  }

  #over(client: MadeClient): Connection {
    if (this.isCluster) return new NodeRedisClusterConnection(client as never)
    if (this.#settings.sentinels !== undefined) return new NodeRedisSentinelConnection(client as never)
    return new NodeRedisConnection(client as never)
  }

  #make({ createClient, createCluster, createSentinel }: RedisModule): MadeClient {
    const { address, nodes, sentinels, username, password, database, tls, connectTimeout, maxRetries } = this.#settings
    const secure = tls === undefined ? {} : { ...tls, tls: true }
    const ending = this.#ending
    const socket = {
      ...secure,
      connectTimeout,
      socketTimeout: SILENCE,
      reconnectStrategy: (tries: number) => (tries < maxRetries && !ending.isOver ? this.#delay(tries) : false),
    }
    const options = {
      username,
      password,
      // The second version of the protocol has all that is needed, and every server and proxy speaks it.
      RESP: 2,
      disableOfflineQueue: true,
      pingInterval: PING_EVERY,
      // Every call has the deadline of its level. That of the client would cost a timer each.
      commandOptions: { timeout: 0 },
    }
    if (nodes !== undefined) {
      // These are asked where the others are, each time by a client of its own.
      const rootNodes = nodes.map(({ host, port }) => ({
        socket: {
          ...socket,
          host,
          port,
          get signal() {
            return ending.signal
          },
        },
      }))
      return createCluster({ RESP: 2, rootNodes, defaults: { ...options, socket }, commandOptions: { timeout: 0 } })
    }
    if (sentinels !== undefined) {
      return createSentinel({
        RESP: 2,
        name: sentinels.name,
        sentinelRootNodes: sentinels.addresses,
        sentinelClientOptions: {
          username: sentinels.username,
          password: sentinels.password,
          socket: {
            ...secure,
            connectTimeout,
            get signal() {
              return ending.signal
            },
          },
        },
        nodeClientOptions: { ...options, database, socket: { ...secure, connectTimeout, socketTimeout: SILENCE } },
        commandOptions: { timeout: 0 },
      })
    }
    return createClient({ ...options, database, socket: { ...socket, host: address.host, port: address.port } })
  }

  #delay(tries: number): number {
    return Math.min(LONGEST, SHORTEST * 2 ** Math.min(tries, 20)) * (0.5 + this.#world.random() / 2)
  }
}

/** What the words of a server mean for the options. */
function hintAt(why: string): string {
  const isNoCluster = why.includes('cluster support disabled')
  return isNoCluster ? ': this server is no cluster, give its address as url or host, not as nodes' : ''
}
