import { expect } from 'vitest'
import type { Slot } from '../../src/policies/policy.ts'
import { wTinyLfu } from '../../src/policies/w-tinylfu.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { hashed } from './replay.ts'
import { WTinyLfuOracle } from './w-tinylfu-oracle.ts'

/** Draws small numbers often, so that chance lets in many a warm candidate. */
export function chances(seed: number): () => number {
  const world = new FakeWorld(seed)
  return () => world.random() ** 3
}

/**
 * Phases of loops, scans and popular keys through a cache of `size` entries and through the oracle, which must let
 * the same go; entries are removed at times, and once the bounds change. Returns the windows that were chosen.
 */
export function followTraffic(size: number, seed: number): readonly number[] {
  const most = 2 * size
  const draw = new FakeWorld(seed)
  const keyOf = new Map<Slot, number>()
  const slotOf = new Map<number, Slot>()
  const hashOf = (slot: Slot): number => hashed(keyOf.get(slot)!, seed)
  const given = { slots: most, capacity: size, deadline: () => Number.POSITIVE_INFINITY, hashOf }
  const policy = wTinyLfu({ ...given, random: chances(seed) })
  const oracle = new WTinyLfuOracle({ ...given, random: chances(seed) })
  const left = (slot: Slot): void => {
    slotOf.delete(keyOf.get(slot)!)
    keyOf.delete(slot)
  }
  let bound = size
  const evict = (): void => {
    const slot = policy.evict()
    expect(slot).toBe(oracle.evict())
    left(slot)
  }
  for (let phase = 0; phase < 4; phase++) {
    const loop = Math.ceil(bound * (0.5 + draw.random()))
    const popular = draw.random() * 0.8
    for (let turn = 0; turn < 1500; turn++) {
      const key = draw.random() < popular ? Math.floor(draw.random() ** 4 * most) : most + (turn % loop)
      let slot = slotOf.get(key)
      if (slot !== undefined) {
        policy.touched(slot)
        oracle.touched(slot)
        if (draw.random() > 0.002) continue
        policy.removed(slot)
        oracle.removed(slot)
        left(slot)
        continue
      }
      while (keyOf.size >= bound) evict()
      slot = 1
      while (keyOf.has(slot)) slot++
      slotOf.set(key, slot)
      keyOf.set(slot, key)
      policy.added(slot, hashOf(slot), 1)
      oracle.added(slot, hashOf(slot), 1)
    }
    policy.check()
    bound = Math.max(1, Math.floor(size * (0.5 + draw.random())))
    policy.resize(bound, most)
    oracle.resize(bound, most)
    while (keyOf.size > bound) evict()
  }
  return oracle.choices
}
