import type { PartListener, Spreads } from '../../level.ts'
import type { MemcachedNode } from './memcached-node.ts'

/** Several nodes as the parts of a level. */
export class NodeSpread implements Spreads {
  readonly #nodes: readonly MemcachedNode[]
  readonly #nodeOf: (key: string) => MemcachedNode

  constructor(nodes: readonly MemcachedNode[], nodeOf: (key: string) => MemcachedNode) {
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
    // What becomes of it, the node itself takes note of.
    for (const node of this.#nodes) node.ask('mn\r\n').catch(() => undefined)
  }

  watch(listener: PartListener): void {
    for (const node of this.#nodes) node.watch((isFailing) => listener(node.name, !isFailing))
  }
}
