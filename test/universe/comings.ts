import { FakeWorld } from '../../src/testing/fake-world.ts'
import type { Callers } from './callers.ts'
import type { FleetNode } from './fleet-node.ts'
import type { Scene } from './scene.ts'

/** Processes that come late, close in the middle of what they do, or are killed: dice of their own. */
export class Comings {
  readonly #scene: Scene
  readonly #callers: Callers
  readonly #make: () => FleetNode
  readonly #dice: FakeWorld
  readonly #closings: Promise<void>[] = []

  /** @param make a process that begins now */
  constructor(scene: Scene, callers: Callers, seed: number, make: () => FleetNode) {
    this.#scene = scene
    this.#callers = callers
    this.#make = make
    this.#dice = new FakeWorld(seed ^ 0x27d4eb2f)
  }

  /** Those that are there from the beginning begin now; others come, and some go. */
  begin(): void {
    const { climate, isLively } = this.#scene
    const late = isLively ? this.#die(climate.nodes) : 0
    for (let n = late; n < climate.nodes; n++) this.#come()
    if (!isLively) return
    for (let n = 0; n < late; n++) this.#sometime(() => this.#come())
    for (let n = this.#die(4); n > 0; n--) this.#sometime(() => this.#go())
  }

  /** Until all that were closed are. */
  async over(): Promise<void> {
    await Promise.all(this.#closings)
  }

  #sometime(run: () => void): void {
    this.#scene.world.after(this.#die(this.#scene.climate.length), run)
  }

  #come(): void {
    const node = this.#make()
    this.#scene.trace?.(`node ${node.index} begins`)
    this.#scene.nodes.push(node)
  }

  /** One of them goes, and another may take its place at once. */
  #go(): void {
    const { nodes } = this.#scene
    const node = nodes[this.#die(nodes.length)]!
    if (nodes.length === 1) this.#come()
    if (node.world.isPaused) return
    nodes.splice(nodes.indexOf(node), 1)
    if (this.#die(3) === 0) this.#kill(node)
    else this.#close(node)
    if (this.#die(2) === 0) this.#come()
  }

  #kill(node: FleetNode): void {
    this.#scene.trace?.(`node ${node.index} is killed`)
    this.#forsake(node)
    node.kill()
  }

  #close(node: FleetNode): void {
    const within = [0, 30, 5000][this.#die(3)]!
    this.#scene.trace?.(`node ${node.index} closes within ${within}`)
    if (this.#scene.climate.mood === 'storm') this.#forsake(node)
    node.isClosed = true
    this.#closings.push(node.cache.close({ within }).then(() => this.#scene.trace?.(`node ${node.index} is closed`)))
    for (let n = this.#die(4); n > 0; n--)
      this.#scene.world.after(this.#die(60), () => {
        if (!node.world.isPaused) this.#callers.readOn(node)
      })
  }

  /** What it could not tell, or is found to be lost later, nobody tells any more. */
  #forsake(node: FleetNode): void {
    this.#scene.history.forsake(node.index)
    this.#scene.counter.disturb()
  }

  #die(sides: number): number {
    return Math.floor(this.#dice.random() * sides)
  }
}
