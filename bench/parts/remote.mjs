// One contender over a server on the loopback: reads of what is there, and writes, one at a time and a
// hundred in flight. What a call costs is told twice, as time and as processor time of this process.
import { MODES } from '../remote/contenders.mjs'
import { KEYS, keyOf, userOf } from '../remote/value.mjs'

const IN_FLIGHT = 100
/** Calls one at a time are so few a second that compiling what they run takes seconds: a hundred at once go first. */
const WARM_MS = 1000
const SLICE_MS = 400
const SLICES = 5

const keys = Array.from({ length: KEYS }, (_, id) => keyOf(id))
const values = keys.map((_, id) => userOf(id))
const lists = Array.from({ length: KEYS / 100 }, (_, n) => keys.slice(n * 100, n * 100 + 100))

async function callers(count, call, ms) {
  const end = performance.now() + ms
  let calls = 0
  const caller = async (_, n) => {
    for (let turn = n * 17; performance.now() < end; turn++) {
      await call(turn % KEYS)
      calls++
    }
  }
  await Promise.all(Array.from({ length: count }, caller))
  return calls
}

const modes = {
  getAlone: ({ get }) => ({ callers: 1, call: (n) => get(keys[n]) }),
  getInFlight: ({ get }) => ({ callers: IN_FLIGHT, call: (n) => get(keys[n]) }),
  getMany: ({ getMany }) => ({ callers: 1, call: getMany && ((n) => getMany(lists[n % lists.length])) }),
  setAlone: ({ set }) => ({ callers: 1, call: (n) => set(keys[n], values[n]) }),
  setInFlight: ({ set }) => ({ callers: IN_FLIGHT, call: (n) => set(keys[n], values[n]) }),
}

/** Calls a second in the quickest slice, and the least processor time: what else runs here only takes away. */
async function time({ callers: count, call }) {
  await callers(IN_FLIGHT, call, WARM_MS)
  await callers(count, call, WARM_MS)
  let rate = 0
  let cpu = Number.POSITIVE_INFINITY
  for (let slice = 0; slice < SLICES; slice++) {
    const began = performance.now()
    const usage = process.cpuUsage()
    const calls = await callers(count, call, SLICE_MS)
    const { user, system } = process.cpuUsage(usage)
    rate = Math.max(rate, (1000 * calls) / (performance.now() - began))
    cpu = Math.min(cpu, (user + system) / calls)
  }
  return { rate, cpu }
}

async function checkHeld({ get }) {
  const held = await get(keys[7])
  if (held === undefined || held === null) throw new Error('what was set is not there')
}

export async function measure({ peer, only, ...where }) {
  const { open } = await import(`../remote/peers/${peer}.mjs`)
  const calls = open(where)
  for (const list of lists) await Promise.all(list.map((key) => calls.set(key, values[keys.indexOf(key)])))
  await checkHeld(calls)
  const result = {}
  for (const mode of only ?? Object.keys(MODES)) {
    const measured = modes[mode](calls)
    if (measured.call) result[mode] = await time(measured)
  }
  await checkHeld(calls)
  return result
}
