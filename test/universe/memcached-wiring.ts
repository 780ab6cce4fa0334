import { auto } from '../../src/codecs/index.ts'
import type { LevelFactory } from '../../src/index.ts'
import { StoreLevel } from '../../src/remote/store-level.ts'
import { memcachedStore } from '../../src/stores/memcached/memcached-store.ts'
import { readStoreOptions } from '../../src/stores/memcached/options.ts'
import type { Store } from '../../src/stores/store.ts'
import { SimulatedMemcached } from '../memcached/simulated/simulated-memcached.ts'
import { socketsTo, type Way, type WayFate } from '../memcached/simulated/simulated-socket.ts'
import type { NodeWorld } from './node-world.ts'
import type { Scene } from './scene.ts'

/** The longest that bytes are on their way which nobody waits for any more, in milliseconds. */
const LATEST = 1000
const FAULTS = ['breaksBefore', 'breaksAfter', 'breaksHere', 'silentBefore', 'silentAfter'] as const

/** A Memcached of this universe. */
export function memcachedOf(scene: Scene): SimulatedMemcached {
  const isStorm = scene.climate.mood === 'storm'
  // Then placeholders, leases and values end within the life of the universe.
  const haste = isStorm && dieOf(scene, 3) === 0 ? 30 : 1
  const hasRoom = () => {
    if (!isStorm || scene.isHealthy || dieOf(scene, 200) > 0) return true
    // What is there goes as well, and that may be a count, or what says whether counts are of this life.
    losesCounts(scene)
    return false
  }
  return new SimulatedMemcached(scene.world, { haste, hasRoom })
}

/** Counts begin anew, wherever that is noticed. */
export function losesCounts({ climate, counter, world }: Scene): void {
  world.after(3 * climate.maxStaleness + 4 * climate.timeout, counter.suspend())
}

/** The deepest level of a process: the store over Memcached as it is, but for its sockets. */
export function memcachedLevel(
  scene: Scene,
  index: number,
  world: NodeWorld,
  spoil: (store: Store) => Store = (store) => store,
): LevelFactory {
  const { timeout, maxStaleness } = scene.climate
  const nodes = scene.memcacheds.map((_, n) => `memcached${n}:11211`)
  const sockets = new Map(
    scene.memcacheds.map((server, n) => [nodes[n]!, socketsTo(scene.world, server, wayOf(scene, index, world))]),
  )
  return (context) => {
    const asked = readStoreOptions({ nodes, timeout, connectTimeout: 3 * timeout, maxStaleness })
    const store = memcachedStore(asked, { world: context.world, open: ({ name }) => sockets.get(name)!() })
    const settings = { name: context.name, timeout, ttl: Number.POSITIVE_INFINITY, codec: auto() }
    return new StoreLevel(spoil(store), settings, context)
  }
}

function wayOf(scene: Scene, index: number, world: NodeWorld): Way {
  return {
    fate: () => {
      if (!scene.isHealthy) scene.everyone[index]?.onSent?.()
      return fateOf(scene)
    },
    cuts: (length) => {
      const count = dieOf(scene, 8) === 0 ? 1 + dieOf(scene, 3) : 0
      return Array.from({ length: count }, () => dieOf(scene, length))
    },
    isHeld: () => !scene.isHealthy && scene.everyone[index]?.isCut === true,
    enter: (run) => world.enter(run),
  }
}

function fateOf(scene: Scene): WayFate {
  const { failing, lateness, latency, timeout } = scene.climate
  if (scene.isHealthy) return { there: dieOf(scene, 5), back: dieOf(scene, 5) }
  const fate = { there: dieOf(scene, latency), back: dieOf(scene, latency) }
  // One connection carries many calls: what happens to it happens to all of them.
  if (dieOf(scene, 100) >= failing / 2) return fate
  const kind = dieOf(scene, 9)
  const late = dieOf(scene, lateness * timeout)
  if (kind < FAULTS.length) {
    const fault = FAULTS[kind]!
    return { ...fate, fault, there: fault === 'breaksHere' ? dieOf(scene, LATEST) : fate.there }
  }
  return kind % 2 === 0 ? { ...fate, there: late } : { ...fate, back: late }
}

function dieOf({ cellar }: Scene, sides: number): number {
  return Math.floor(cellar.random() * sides)
}
