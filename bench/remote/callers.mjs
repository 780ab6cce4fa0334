import { KEYS } from './value.mjs'

export const IN_FLIGHT = 100
/** Calls one at a time are so few a second that compiling what they run takes seconds: a hundred at once go first. */
const WARM_MS = 1000
/** A process that has just begun: V8 is at work on what many calls run for some hundred thousand of them. */
const FIRST_MS = 5000
const SLICE_MS = 400
const SLICES = 5

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

/** Gives V8 the time that it needs before anything is measured. */
export async function warmUp(call) {
  await callers(IN_FLIGHT, call, FIRST_MS)
}

/**
 * Calls a second in the quickest slice, and the least processor time: what else runs here only takes away.
 *
 * @param contenders take turns, slice by slice: `{ callers, call }`, where `call` gets the number of a key
 */
export async function timeInTurn(contenders) {
  for (const { callers: count, call } of contenders) {
    await callers(IN_FLIGHT, call, WARM_MS)
    await callers(count, call, WARM_MS)
  }
  const best = contenders.map(() => ({ rate: 0, cpu: Number.POSITIVE_INFINITY }))
  for (let slice = 0; slice < SLICES; slice++) {
    for (const [n, { callers: count, call }] of contenders.entries()) {
      const began = performance.now()
      const usage = process.cpuUsage()
      const calls = await callers(count, call, SLICE_MS)
      const { user, system } = process.cpuUsage(usage)
      best[n].rate = Math.max(best[n].rate, (1000 * calls) / (performance.now() - began))
      best[n].cpu = Math.min(best[n].cpu, (user + system) / calls)
    }
  }
  return best
}
