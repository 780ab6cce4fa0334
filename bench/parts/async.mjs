// An answer from the first level through a promise, or at once where a peer has a way to.
import { COARSE, keyAt, keys, slicesFor, time, timeHits } from '../tiered/hits.mjs'

const AT_ONCE = { ...COARSE, warmUp: 200_000, calls: 200_000 }

function synchronous(call, count) {
  for (let i = 0; i < count; i++) if (call(keyAt(i)) === undefined) throw new Error('not there')
}

export async function measure({ peer, call: name }) {
  const { open } = await import(`../tiered/peers/${peer}.mjs`)
  let loads = 0
  const load = (key) => {
    loads++
    return { id: key, name: `user ${key}` }
  }
  const calls = open(keys, load)
  for (const key of keys) await Object.values(calls)[0](key)
  const call = calls[name]
  if (name.includes('synchronous')) return { alone: (await time((count) => synchronous(call, count), AT_ONCE)).ns }
  const { alone, inFlight } = await timeHits(call, await slicesFor(call))
  if (loads !== keys.length) throw new Error(`${loads} loads for ${keys.length} keys: not all calls were hits`)
  return { alone: alone.ns, inFlight: inFlight.ns }
}
