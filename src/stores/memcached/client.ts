import type { ConnectionOptions } from 'node:tls'
import type { World } from '../../world/world.ts'
import { type Address, openSocket } from './address.ts'
import type { ConnectionSettings } from './connection.ts'
import { MemcachedNode } from './memcached-node.ts'
import { Ring } from './ring.ts'

/** What a {@link MemcachedClient} is made of. */
export interface ClientSettings extends ConnectionSettings {
  readonly addresses: readonly Address[]
  readonly tls: ConnectionOptions | undefined
}

/** The nodes, and who keeps which key. */
export class MemcachedClient {
  readonly nodes: readonly MemcachedNode[]
  readonly #ring: Ring

  /** @param open begins to connect */
  constructor(world: World, settings: ClientSettings, open: typeof openSocket = openSocket) {
    const { addresses, tls } = settings
    this.nodes = addresses.map(
      (address, index) => new MemcachedNode(world, address.name, index, () => open(address, tls), settings),
    )
    this.#ring = new Ring(addresses.map(({ name }) => name))
  }

  /** The node a key belongs to, dead or alive. */
  nodeOf(key: string): MemcachedNode {
    return this.nodes[this.nodes.length === 1 ? 0 : this.#ring.nodeOf(key)]!
  }

  close(): void {
    for (const node of this.nodes) node.close()
  }
}
