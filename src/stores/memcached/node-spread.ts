import type { PartListener, Spreads } from '../../level.ts'
import type { World } from '../../world/world.ts'
import type { MemcachedNode } from './memcached-node.ts'

/** Milliseconds between two rounds of questions: many calls may be late at once. */
const BETWEEN = 20

/** Several nodes as the parts of a level. */
export class NodeSpread implements Spreads {
  readonly #world: World
  readonly #nodes: readonly MemcachedNode[]
  readonly #nodeOf: (key: string) => MemcachedNode
  #asked = Number.NEGATIVE_INFINITY

  constructor(world: World, nodes: readonly MemcachedNode[], nodeOf: (key: string) => MemcachedNode) {
    this.#world = world
    this.#nodes = nodes
    this.#nodeOf = nodeOf
  }

  partOf(key: string): number {
    return this.#nodeOf(key).index
  }

  get silent(): readonly string[] {
    return this.#nodes.filter(({ isFailing }) => isFailing).map(({ name }) => name)
  }

  answers(since?: number): boolean {
    if (since === undefined) return this.#nodes.some(({ isUp }) => isUp)
    return this.#nodes.some(({ lastHeard }) => lastHeard >= since)
  }

  inquire(): void {
    const now = this.#world.mono()
    if (now - this.#asked < BETWEEN) return
    this.#asked = now
    // What becomes of it, the node itself takes note of.
    for (const node of this.#nodes) node.ask('mn\r\n').catch(() => undefined)
  }

  watch(listener: PartListener): void {
    for (const node of this.#nodes) node.watch((isFailing) => listener(node.name, !isFailing))
  }
}
