// Hits of level 1, alone and in front of Redis, slice by slice in one process: what differs between two
// processes is more than what differs between these two.
import { IN_FLIGHT, timeInTurn } from '../remote/callers.mjs'
import { open } from '../remote/peers/terrace.mjs'
import { KEYS, keyOf, userOf } from '../remote/value.mjs'

const keys = Array.from({ length: KEYS }, (_, id) => keyOf(id))
const CALLERS = { getAlone: 1, getInFlight: IN_FLIGHT }

export async function measure({ port }) {
  const caches = { alone: open({ near: true }), shared: open({ near: true, level: 'redis', port }) }
  const names = Object.keys(caches)
  for (const { set } of Object.values(caches)) {
    for (const [id, key] of keys.entries()) await set(key, userOf(id))
  }
  const result = Object.fromEntries(names.map((name) => [name, {}]))
  for (const [mode, callers] of Object.entries(CALLERS)) {
    const contenders = Object.values(caches).map(({ get }) => ({ callers, call: (n) => get(keys[n]) }))
    const times = await timeInTurn(contenders)
    for (const [n, name] of names.entries()) result[name][mode] = times[n]
  }
  return result
}
