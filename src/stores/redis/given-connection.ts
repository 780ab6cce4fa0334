import { Audience, type Emitter } from './audience.ts'
import type { Argument, Connection, Master, OpenLine } from './connection.ts'

/** What clients tell of how far they are, each library in its own words. */
interface GivenClient extends Partial<Emitter> {
  /** ioredis. */
  readonly status?: unknown
  /** node-redis: it was told to connect, and not to end. */
  readonly isOpen?: unknown
  readonly isReady?: unknown
  /** That of a cluster of node-redis. */
  readonly masters?: readonly unknown[]
  connect?(): Promise<unknown>
  listenerCount?(event: string): number
}

type Progress = 'unopened' | 'coming' | 'there'

/**
 * A client of the user's own, which may still be connecting: what is asked before its first attempt is decided waits
 * for that, as with a client that is made here. Afterwards nothing waits, and what such a client refuses has failed.
 */
export class GivenConnection implements Connection {
  readonly isCluster: boolean
  readonly database: number
  readonly warning: string | undefined
  readonly listen: OpenLine | undefined
  readonly #connection: Connection
  readonly #client: GivenClient
  readonly #warn: ((text: string) => void) | undefined
  #isDecided = false
  #hasWarned = false
  #deciding: Promise<void> | undefined
  #forget = () => {}

  constructor(client: object, connection: Connection, listen: OpenLine | undefined, warn?: (text: string) => void) {
    this.isCluster = connection.isCluster
    this.database = connection.database
    this.warning = connection.warning
    this.listen = listen
    this.#connection = connection
    this.#client = client
    this.#warn = warn
  }

  send(key: string, command: Argument[]): Promise<unknown> {
    if (this.#isDecided) return this.#connection.send(key, command)
    return this.#decided().then(() => this.#connection.send(key, command))
  }

  async masters(): Promise<readonly Master[]> {
    if (!this.#isDecided) await this.#decided()
    return this.#connection.masters()
  }

  async close(): Promise<void> {
    this.#forget()
    await this.#connection.close()
  }

  async #decided(): Promise<void> {
    const progress = progressOf(this.#client)
    if (progress === 'unopened') {
      if (!this.#hasWarned) this.#warn?.(UNOPENED)
      this.#hasWarned = true
      throw new Error(UNOPENED)
    }
    if (progress === 'coming') {
      this.#deciding ??= this.#decision()
      await this.#deciding
    }
    this.#isDecided = true
  }

  #decision(): Promise<void> {
    const client = this.#client
    const audience = Audience.of(client as Emitter)
    const isIoredis = client.status !== undefined
    const events = isIoredis ? [...IOREDIS] : client.masters === undefined ? [...NODE_REDIS] : [...NODE_REDIS_CLUSTER]
    // Where nobody listens for errors, one ends the process: that is not for this level to prevent.
    if (!isIoredis && (client.listenerCount?.('error') ?? 0) > 0) events.push('error')
    return new Promise((resolve) => {
      const decided = () => {
        for (const event of events) audience.off(event, decided)
        resolve()
      }
      for (const event of events) audience.on(event, decided)
      this.#forget = decided
      // Such a client of ioredis connects when it is first sent something, and refuses that.
      if (client.status === 'wait') client.connect?.().catch(() => {})
    })
  }
}

const IOREDIS = ['ready', 'close', 'end']
const NODE_REDIS = ['ready', 'reconnecting', 'terminated', 'end']
/** It is connected when it knows its nodes. */
const NODE_REDIS_CLUSTER = ['connect', 'disconnect']

/** How far it is; of what does not tell, it is taken that it is there. */
function progressOf(client: GivenClient): Progress {
  const { status, isOpen, isReady, masters } = client
  if (isOpen === false) return 'unopened'
  // Wrappers may lack what is needed to hear of it. A Sentinel client of node-redis waits by itself.
  if (typeof client.off !== 'function' || 'getMasterNode' in client) return 'there'
  if (typeof status === 'string') return COMING.includes(status) ? 'coming' : 'there'
  // That of node-redis 4 does not tell when it has found its nodes.
  if (masters !== undefined) return masters.length === 0 && 'destroy' in client ? 'coming' : 'there'
  return isOpen === true && isReady === false ? 'coming' : 'there'
}

const COMING = ['wait', 'connecting', 'connect']

const UNOPENED =
  'this client of node-redis is closed: call its connect(), and await it, before the cache is used; ' +
  'until then every call of the level fails'
