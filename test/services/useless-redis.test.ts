import { describe, expect, it } from 'vitest'
import { recovered } from './experiments/outages.ts'
import { Fleet, over } from './fleet.ts'
import type { Worker } from './worker.ts'

/** Reads are answered by the source, a set says what it did not reach, and nobody complains. */
async function expectServed(worker: Worker): Promise<void> {
  for (let n = 0; n < 5; n++) {
    const { answer } = await worker.ask('getOrFetch', `key:${n}`, { value: n })
    expect(answer).toBe(n)
  }
  const { answer } = await worker.ask('set', 'key:0', 'set')
  expect(answer).toEqual({
    ok: false,
    levels: [
      { name: 'L1', outcome: 'done' },
      { name: 'L2', outcome: 'pending' },
    ],
  })
  expect((await worker.ask('get', 'key:0')).answer).toBe('set')
  const { pending, breaker, failures } = (await worker.ask('stats')).levels[1]!
  expect(pending).toBe(1)
  expect(breaker).not.toBe('closed')
  expect(failures).toBeGreaterThan(0)
  expect(await worker.ask('warnings')).toEqual([])
  expect(worker.ended).toBe(undefined)
}

async function expectRecovered(worker: Worker): Promise<void> {
  await recovered(worker)
  const { answer } = await worker.ask('set', 'key:1', 'again')
  expect(answer.ok).toBe(true)
}

describe.concurrent('a Redis that is of no use', () => {
  it('is not there at the start, and comes', async () => {
    await using fleet = new Fleet()
    const server = await fleet.redis()
    await server.kill()
    const worker = await fleet.worker(over({ kind: 'redis', options: server.url }))
    await expectServed(worker)
    await server.restart()
    await expectRecovered(worker)
  })

  it('is a replica that takes no writes, and becomes a master', async () => {
    await using fleet = new Fleet()
    const master = await fleet.redis()
    const replica = await fleet.redis({ args: ['--replicaof', '127.0.0.1', String(master.port)] })
    const worker = await fleet.worker(over({ kind: 'redis', options: replica.url }))
    await expectServed(worker)
    await replica.command('REPLICAOF', 'NO', 'ONE')
    await expectRecovered(worker)
  })

  it('wants a password, and is given the wrong one', async () => {
    await using fleet = new Fleet()
    const server = await fleet.redis({ args: ['--requirepass', 'secret'] })
    const worker = await fleet.worker(over({ kind: 'redis', options: `redis://:wrong@127.0.0.1:${server.port}` }))
    await expectServed(worker)
    const right = await fleet.worker(over({ kind: 'redis', options: `redis://:secret@127.0.0.1:${server.port}` }))
    await expectRecovered(right)
  })

  it('has no memory left, and gets some', async () => {
    await using fleet = new Fleet()
    const server = await fleet.redis({ args: ['--maxmemory', '3mb', '--maxmemory-policy', 'noeviction'] })
    const worker = await fleet.worker(over({ kind: 'redis', options: server.url }))
    await recovered(worker)
    const outcomes: string[] = []
    const values = Array.from({ length: 80 }, (_, n) => [`big:${n}`, `${n}`.padEnd(50_000, 'x')] as const)
    for (const [key, value] of values) outcomes.push((await worker.ask('set', key, value)).answer.levels[1]!.outcome)
    expect(outcomes[0]).toBe('done')
    expect(outcomes.at(-1)).toBe('pending')
    // A value that could not be replaced there is not served from there: level 1 has the new one.
    await worker.ask('set', 'big:0', 'small')
    expect((await worker.ask('get', 'big:0')).answer).toBe('small')
    expect((await worker.ask('getOrFetch', 'other', { value: 1 })).answer).toBe(1)
    await server.command('CONFIG', 'SET', 'maxmemory', '100mb')
    await expectRecovered(worker)
    const other = await fleet.worker(over({ kind: 'redis', options: server.url }))
    expect([undefined, 'small']).toContain((await other.ask('get', 'big:0')).answer)
  })
})
