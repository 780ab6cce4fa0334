import { messageOf } from '../../errors.ts'
import { known, Unanswered, whileMaster } from './cluster-line.ts'
import type { Argument, Connection, Master, OpenLine } from './connection.ts'
import { ANSWERS, type Answers, type FullClient, type NodeRedisCluster, openLine } from './node-redis.ts'

interface FullCluster {
  readonly isOpen?: boolean
  readonly masters: readonly ClusterMaster[]
  sendCommand(key: string | undefined, isReadonly: boolean, args: Argument[], options: Answers): Promise<unknown>
  nodeClient(node: object): FullClient | Promise<FullClient>
}

interface ClusterMaster {
  readonly address?: string
  /** One that is being connected may be promised only. */
  readonly client?: { readonly isOpen?: boolean; readonly isReady?: boolean; connect(): Promise<unknown> }
}

/** A cluster client of node-redis 4 to 6. */
export class NodeRedisClusterConnection implements Connection {
  readonly isCluster = true
  readonly database = 0
  readonly warning: string | undefined
  readonly #cluster: FullCluster

  constructor(given: NodeRedisCluster) {
    this.#cluster = given as unknown as FullCluster
  }

  /** Never asked of a replica: it may not know yet what was invalidated. */
  send(key: string, command: Argument[]): Promise<unknown> {
    const answer = this.#cluster.sendCommand(key, false, command, ANSWERS)
    this.#unanswered.note(answer)
    answer.catch((error: unknown) => {
      if (isOutOfTouch(error) && !this.#isLooking) this.#lookAround(key)
    })
    return answer
  }

  async masters(): Promise<readonly Master[]> {
    // The client of each when it is asked: that of one that hangs may come late, or never.
    return known(this.#cluster.masters).map((node) => ({
      address: node.address ?? '',
      send: async (command) => (await this.#cluster.nodeClient(node)).sendCommand(command, ANSWERS),
    }))
  }

  readonly listen: OpenLine = async (channel, hears, givenUp) => {
    const nodes = known(this.#cluster.masters)
    // Published messages reach every node: whichever is asked next may be one that lives.
    const node = nodes[this.#turn++ % nodes.length]!
    const { address } = node
    const client = await this.#cluster.nodeClient(node)
    const line = await openLine(client, channel, hears, givenUp)
    return whileMaster(line, () => {
      const masters = this.#cluster.masters
      // A client that keeps commands while a node is away fails none of them; nor does one whose node is frozen.
      if (this.#unanswered.any() || masters.some(({ client }) => client?.isReady === false)) this.#lookAround(channel)
      return masters.some((master) => master.address === address)
    })
  }

  #turn = 0
  #isLooking = false
  readonly #unanswered = new Unanswered()

  async close(): Promise<void> {}

  /**
   * Such a client asks where the slots are when a node says MOVED. Versions 4 and 5 ask at no other time: not when a
   * node is dead and another one in its place; and none asks when a node says that it serves no slot any more. So some
   * node is asked for the key: one that is not its master says MOVED. To ask where the slots are, version 4 makes a
   * client of the options of the one that said so, and that never connects again from then on: it is told to.
   */
  #lookAround(key: string): void {
    if (this.#cluster.isOpen === false) return
    for (const { client } of this.#cluster.masters) if (client?.isOpen === false) client.connect().catch(() => {})
    this.#isLooking = true
    const over = () => {
      this.#isLooking = false
    }
    this.#cluster.sendCommand(undefined, false, ['STRLEN', key], ANSWERS).then(over, over)
  }
}

/** Whether it was no answer of a node that knows its cluster. What such a node says begins with a word in capitals. */
function isOutOfTouch(error: unknown): boolean {
  const message = messageOf(error)
  return message.startsWith('CLUSTERDOWN') || !/^[A-Z]{2,} /.test(message)
}
