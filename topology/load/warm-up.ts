import { Agent } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { PATIENCE } from '../plan.ts'
import { ask } from '../wire/ask.ts'

/** Items that are read before the load begins, and so many at the same time. */
export const WARM_ITEMS = 1000
const WARM_READERS = 6
/** Milliseconds the load balancer and an app server behind it may take until they answer for the first time. */
const STARTING = 60_000
/** Milliseconds between two tries. */
const PAUSE = 100

/**
 * Waits until an item can be read through the load balancer, then reads what is wanted most, a few at a time:
 * new servers meet no crowd.
 *
 * @param starting milliseconds until the first answer, at most
 * @throws Error if there is none by then
 */
export async function warmUp(base: string, signal: AbortSignal, starting: number = STARTING): Promise<void> {
  const agent = new Agent({ keepAlive: true })
  let id = 0
  const read = async (): Promise<void> => {
    // What fails now is not there yet: the load will ask for it.
    while (id < WARM_ITEMS && !signal.aborted) {
      await ask(agent, base, 'GET', `/items/${id++}`, PATIENCE).catch(() => undefined)
    }
  }
  try {
    await answering(agent, base, signal, starting)
    await Promise.all(Array.from({ length: WARM_READERS }, read))
  } finally {
    agent.destroy()
  }
}

async function answering(agent: Agent, base: string, signal: AbortSignal, starting: number): Promise<void> {
  const end = performance.now() + starting
  let last = ''
  while (!signal.aborted) {
    const left = end - performance.now()
    if (left <= 0) throw new Error(`${base} does not answer within ${starting / 1000} s: ${last}`)
    try {
      const { status } = await ask(agent, base, 'GET', '/items/0', left)
      if (status === 200) return
      last = `status ${status}`
    } catch (error) {
      last = error instanceof Error ? error.message : String(error)
    }
    await pause(PAUSE)
  }
}
