// One contender over a server on the loopback: reads of what is there, and writes, one at a time and a
// hundred in flight. What a call costs is told twice, as time and as processor time of this process.
import { IN_FLIGHT, timeInTurn, warmUp } from '../remote/callers.mjs'
import { MODES } from '../remote/contenders.mjs'
import { KEYS, keyOf, userOf } from '../remote/value.mjs'

const keys = Array.from({ length: KEYS }, (_, id) => keyOf(id))
const values = keys.map((_, id) => userOf(id))
const lists = Array.from({ length: KEYS / 100 }, (_, n) => keys.slice(n * 100, n * 100 + 100))

const modes = {
  getAlone: ({ get }) => ({ callers: 1, call: (n) => get(keys[n]) }),
  getInFlight: ({ get }) => ({ callers: IN_FLIGHT, call: (n) => get(keys[n]) }),
  getMany: ({ getMany }) => ({ callers: 1, call: getMany && ((n) => getMany(lists[n % lists.length])) }),
  setAlone: ({ set }) => ({ callers: 1, call: (n) => set(keys[n], values[n]) }),
  setInFlight: ({ set }) => ({ callers: IN_FLIGHT, call: (n) => set(keys[n], values[n]) }),
}

async function checkHeld({ get }) {
  const held = await get(keys[7])
  if (held === undefined || held === null) throw new Error('what was set is not there')
}

export async function measure({ peer, ...where }) {
  const { open } = await import(`../remote/peers/${peer}.mjs`)
  const calls = open(where)
  for (const list of lists) await Promise.all(list.map((key) => calls.set(key, values[keys.indexOf(key)])))
  await checkHeld(calls)
  await warmUp((n) => calls.get(keys[n]))
  const result = {}
  for (const mode of Object.keys(MODES)) {
    const measured = modes[mode](calls)
    if (measured.call) [result[mode]] = await timeInTurn([measured])
  }
  await checkHeld(calls)
  return result
}
