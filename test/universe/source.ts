import { type Found, found } from '../../src/index.ts'
import type { FleetNode } from './fleet-node.ts'
import type { Scene } from './scene.ts'

/** The one source as processes ask it: slowly now and then, and it fails. */
export class Source {
  readonly #scene: Scene

  constructor(scene: Scene) {
    this.#scene = scene
  }

  /** A fetcher that asks it. */
  fetching(node: FleetNode): (key: string) => Promise<Found<number>> {
    return async (key: string) => this.kept(node, key, await this.load(node, key))
  }

  async load(node: FleetNode, key: string): Promise<number> {
    node.loading.add(key)
    try {
      await elapse(node, this.#scene.die(40))
      const value = this.#scene.history.value(key)
      await elapse(node, this.#scene.die(this.#scene.die(6) === 0 ? this.#scene.climate.sluggish : 40))
      if (!this.#scene.isHealthy && this.#scene.die(12) === 0) throw new Error('the source failed')
      return value
    } finally {
      node.loading.delete(key)
    }
  }

  /** It has answered. */
  kept(node: FleetNode, key: string, value: number): Found<number> {
    const ttl = this.ttl()
    this.#scene.trace?.(`node ${node.index} fetched ${key}=${value} for ${ttl}`)
    this.#scene.history.fetch(key, value, node.index)
    const staleFor = this.#scene.manners.staleFor()
    this.#scene.history.lives(key, value, this.#scene.world.mono() + ttl, staleFor)
    return found(value, { ttl, staleFor, tags: [`t${key}`] })
  }

  /** How long a value lives, in milliseconds. */
  ttl(): number {
    return this.#scene.climate.isEternal ? Number.POSITIVE_INFINITY : 30 + this.#scene.die(1500)
  }
}

function elapse(node: FleetNode, ms: number): Promise<void> {
  return new Promise((resolve) => {
    node.world.after(ms, resolve)
  })
}
