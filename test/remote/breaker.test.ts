import { describe, expect, it } from 'vitest'
import type { BreakerState } from '../../src/events.ts'
import { Breaker } from '../../src/remote/breaker.ts'
import { FakeWorld } from '../../src/testing/index.ts'

function breakerIn(world: FakeWorld) {
  const states: BreakerState[] = []
  return { states, breaker: new Breaker(world, (state) => states.push(state)) }
}

/** Lets time pass until a call is admitted. @returns how many milliseconds that took */
async function pauseOf(world: FakeWorld, breaker: Breaker): Promise<number> {
  const from = world.mono()
  while (!breaker.admits()) await world.advance(1)
  return world.mono() - from
}

describe('a breaker', () => {
  it('opens after five failures in a row, if none was answered for 100 ms', async () => {
    const world = new FakeWorld()
    const { breaker, states } = breakerIn(world)
    const fail = (times: number) => {
      for (let n = 0; n < times; n++) breaker.failed(world.mono(), false)
    }
    fail(4)
    breaker.succeeded()
    await world.advance(99)
    fail(10)
    expect(breaker.state).toBe('closed')
    breaker.succeeded()
    await world.advance(100)
    fail(4)
    expect(breaker.state).toBe('closed')
    fail(1)
    expect(breaker.state).toBe('open')
    expect(breaker.admits()).toBe(false)
    expect(states).toEqual(['open'])
  })

  it('opens when a call was late and nothing was answered since it was sent', async () => {
    const world = new FakeWorld()
    const { breaker } = breakerIn(world)
    const sent = world.mono()
    await world.advance(100)
    breaker.succeeded()
    await world.advance(150)
    // Slow, but alive: others were answered meanwhile.
    breaker.failed(sent, true)
    expect(breaker.state).toBe('closed')
    const later = world.mono()
    await world.advance(250)
    breaker.failed(later, true)
    expect(breaker.state).toBe('open')
  })

  it('lets one call probe, and closes when one is answered', async () => {
    const world = new FakeWorld()
    const { breaker, states } = breakerIn(world)
    breaker.failed(world.mono(), true)
    await pauseOf(world, breaker)
    expect(breaker.state).toBe('probing')
    expect(breaker.admits()).toBe(false)
    breaker.succeeded()
    expect(breaker.admits()).toBe(true)
    expect(states).toEqual(['open', 'probing', 'closed'])
  })

  it('does not take the failure of a call from before for that of the probe', async () => {
    const world = new FakeWorld(2)
    const { breaker, states } = breakerIn(world)
    const sent = world.mono()
    await world.advance(150)
    const later = world.mono()
    await world.advance(100)
    breaker.failed(sent, true)
    await pauseOf(world, breaker)
    const probed = world.mono()
    await world.advance(later + 250 - world.mono())
    breaker.failed(later, true)
    expect(breaker.state).toBe('probing')
    expect(breaker.admits()).toBe(false)
    await world.advance(probed + 250 - world.mono())
    breaker.failed(probed, true)
    expect(states).toEqual(['open', 'probing', 'open'])
    // One try has failed: its pause has doubled once.
    expect(await pauseOf(world, breaker)).toBeLessThanOrEqual(201)
  })

  it('waits from 100 ms to 5 s, twice as long each time, less up to half at random', async () => {
    const world = new FakeWorld(3)
    const { breaker } = breakerIn(world)
    breaker.failed(world.mono(), true)
    const longest = [100, 200, 400, 800, 1600, 3200, 5000, 5000]
    const pauses: number[] = []
    for (const _ of longest) {
      pauses.push(await pauseOf(world, breaker))
      breaker.failed(world.mono(), false)
    }
    for (const [n, pause] of pauses.entries()) {
      expect(pause).toBeGreaterThanOrEqual(longest[n]! / 2)
      expect(pause).toBeLessThanOrEqual(longest[n]! + 1)
    }
    expect(pauses.some((pause, n) => pause < longest[n]! * 0.95)).toBe(true)
    await pauseOf(world, breaker)
    breaker.succeeded()
    breaker.failed(world.mono(), true)
    // Once it has answered, it is tried soon again.
    expect(await pauseOf(world, breaker)).toBeLessThanOrEqual(101)
  })
})
