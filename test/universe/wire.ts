import type { Ledger, Listener } from '../../src/stores/ledger.ts'
import type { NodeWorld } from './node-world.ts'

/** A ledger as a machine sees it that can be paused: what arrives meanwhile waits at its door. */
export function wired(ledger: Ledger, world: NodeWorld): Ledger {
  const held = <T>(answer: Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      answer.then(
        (value) => world.enter(() => resolve(value)),
        (error: unknown) => world.enter(() => reject(error)),
      )
    })
  const { listen } = ledger
  return {
    shards: ledger.shards,
    isSpread: ledger.isSpread,
    leaseTime: ledger.leaseTime,
    info: undefined,
    listen: listen && ((listener) => held(listen(behindDoor(listener, world)))),
    shardOf: (key) => ledger.shardOf(key),
    get: (keys) => held(ledger.get(keys)),
    sync: (shard, since) => held(ledger.sync(shard, since)),
    fill: (shard, frames, terms) => held(ledger.fill(shard, frames, terms)),
    replace: (shard, frames, terms) => held(ledger.replace(shard, frames, terms)),
    raise: (shard, scopes, terms) => held(ledger.raise(shard, scopes, terms)),
    lease: (shard, keys, holder) => held(ledger.lease(shard, keys, holder)),
    release: (shard, keys, holder) => held(ledger.release(shard, keys, holder)),
    increment: (shard, frame, by, ttl, terms) => held(ledger.increment(shard, frame, by, ttl, terms)),
    expire: (shard, key, ttl, terms) => held(ledger.expire(shard, key, ttl, terms)),
    sweep: (shard, prefix) => held(ledger.sweep(shard, prefix)),
    keys: (prefix) => ledger.keys(prefix),
    close: () => ledger.close(),
  }
}

function behindDoor(listener: Listener, world: NodeWorld): Listener {
  return {
    invalidated: (shard, step) => world.enter(() => listener.invalidated(shard, step)),
    settled: (shard, keys) => world.enter(() => listener.settled(shard, keys)),
    interrupted: () => world.enter(() => listener.interrupted()),
  }
}
