import { messageOf, TerraceError } from '../../errors.ts'
import type { World } from '../../world/world.ts'
import type { Terms } from '../ledger.ts'
import type { Argument, Connection } from './connection.ts'
import type { Names } from './names.ts'
import type { ScriptBounds } from './prelude.ts'
import { listOf } from './replies.ts'
import { type Script, type StepName, stepScripts } from './scripts.ts'

/** Runs the steps of a ledger as scripts: by name, and with their text where the server does not know them. */
export class ScriptRunner {
  readonly #connection: Connection
  readonly #names: Names
  readonly #world: World
  readonly #scripts: Readonly<Record<StepName, Script>>

  constructor(connection: Connection, names: Names, world: World, bounds: ScriptBounds) {
    this.#connection = connection
    this.#names = names
    this.#world = world
    this.#scripts = stepScripts(bounds)
  }

  /** @returns what the script answers. @throws TerraceError `ERR_LEVEL_TIMEOUT` if the server took it for too late */
  async run(
    step: StepName,
    shard: number,
    names: readonly string[],
    args: readonly Argument[],
    terms?: Terms,
  ): Promise<readonly unknown[]> {
    const { state, keyFloors, tagFloors, prefixFloors, log, data } = this.#names.shards[shard]!
    const keys = [state, keyFloors, tagFloors, prefixFloors, log, ...names]
    const begin = [String(shard), this.#names.channel, this.#reignName(), String(Buffer.byteLength(data))]
    const conditions = terms === undefined ? NO_TERMS : [moment(terms.notAfter), terms.origin, terms.link, terms.reign]
    const rest = [String(keys.length), ...keys, ...begin, ...conditions, ...args]
    const { sha, text } = this.#scripts[step]
    try {
      return listOf(await this.#connection.send(state, ['EVALSHA', sha, ...rest]))
    } catch (error) {
      // Nothing was done then, so this is no second time.
      if (messageOf(error).startsWith('NOSCRIPT')) return listOf(await this.#sendText(state, text, rest))
      throw this.#explained(error)
    }
  }

  async #sendText(state: string, text: string, rest: readonly Argument[]): Promise<unknown> {
    try {
      return await this.#connection.send(state, ['EVAL', text, ...rest])
    } catch (error) {
      throw this.#explained(error)
    }
  }

  /** The server's own word about a step that came too late, as every ledger says it; what one of a cluster says; and one that wants a password. */
  #explained(error: unknown): unknown {
    const message = messageOf(error)
    if (message.includes('TERRACELATE')) {
      const text = 'the call reached the store after its end: it has had no effect'
      return new TerraceError('ERR_LEVEL_TIMEOUT', text, { cause: error })
    }
    // What is as long as a step is not even read of those who have not said who they are, let alone answered with NOAUTH.
    if (/Protocol error: unauthenticated/.test(message))
      return new Error(`NOAUTH Authentication required: ${message}`, { cause: error })
    if (!message.startsWith('MOVED') || this.#connection.isCluster) return error
    const text = `${message}: this server is one node of a cluster, give nodes, or a client of the cluster`
    return new Error(text, { cause: error })
  }

  /** For the case that the step finds the ledger gone. */
  #reignName(): string {
    const half = () =>
      Math.floor(this.#world.random() * 2 ** 32)
        .toString(16)
        .padStart(8, '0')
    return half() + half()
  }
}

const NO_TERMS = ['', '', '', '']

function moment(time: number): string {
  return Number.isFinite(time) ? String(time) : ''
}
