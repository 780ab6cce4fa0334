import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Fleet, over } from './fleet.ts'
import type { Worker } from './worker.ts'

/** Longer than a client believes in a connection that says nothing, which is broken off when the process goes on. */
const PAUSE = 6500

describe('a process that was stopped for long, and goes on', () => {
  const fleet = new Fleet()
  let writer: Worker
  let reader: Worker

  beforeAll(async () => {
    const { url } = await fleet.redis()
    const workers = await fleet.workers(2, over({ kind: 'redis', options: { url, timeout: 3000 } }))
    ;[writer, reader] = workers as [Worker, Worker]
  })
  afterAll(() => fleet[Symbol.asyncDispose]())

  it('asks Redis before it serves what it has, and keeps nothing that it was fetching', {
    timeout: 60_000,
  }, async () => {
    await writer.ask('set', 'held', 'old')
    expect((await reader.ask('get', 'held')).answer).toBe('old')
    const fetching = reader.ask('getOrFetch', 'fetched', { value: 'old', ms: 300 })
    await expect.poll(async () => (await reader.ask('stats')).fetches).toBe(1)
    reader.stop()
    await writer.ask('set', 'held', 'new')
    await writer.ask('set', 'fetched', 'new')
    await new Promise((resolve) => setTimeout(resolve, PAUSE))
    const first = Array.from({ length: 5 }, () => reader.ask('get', 'held'))
    reader.cont()
    expect((await Promise.all(first)).map(({ answer }) => answer)).toEqual(Array(5).fill('new'))
    await fetching
    for (const key of ['held', 'fetched']) expect((await reader.ask('get', key)).answer).toBe('new')
    expect((await reader.ask('stats')).unproven).toBe(0)
  })
})
