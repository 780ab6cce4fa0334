import { expect, it } from 'vitest'
import type { Master } from '../../src/stores/redis/connection.ts'
import { serverInfo } from '../../src/stores/redis/server-info.ts'

const INFO = 'redis_version:7.0.15\r\nkeyspace_hits:3\r\nkeyspace_misses:1\r\ndb0:keys=5,expires=0\r\n'
const NODES = 'e7d1 127.0.0.1:30001@31001 myself,master - 0 0 1 connected 0-16383\n'

const never = (): Promise<never> => new Promise(() => {})

/** A master that answers some commands, and is silent about all others. */
function master(address: string, answers: Readonly<Record<string, string>>): Master {
  return {
    address,
    send: (command) => {
      const answer = answers[command.join(' ')]
      return answer === undefined ? never() : Promise.resolve(answer)
    },
  }
}

/** The deadline of an answer, which passes when it is told to. */
function deadline() {
  const { promise, reject } = Promise.withResolvers<never>()
  promise.catch(() => {})
  return { inTime: <T>(answer: Promise<T>): Promise<T> => Promise.race([answer, promise]), pass: () => reject('late') }
}

const LIVELY = { INFO, 'CLUSTER INFO': 'cluster_state:ok\r\ncluster_slots_ok:16384\r\n', 'CLUSTER NODES': NODES }

it('does not wait for a master that falls silent between two answers', async () => {
  const { inTime, pass } = deadline()
  const info = serverInfo([master('a:1', { INFO })], true, inTime)
  setImmediate(pass)
  expect(await info).toMatchObject({ server: 'redis 7.0.15', keys: 5, cluster: undefined })
})

it('has asked how the cluster is by the time that a silent master is given up', async () => {
  const { inTime, pass } = deadline()
  const info = serverInfo([master('a:1', {}), master('b:2', LIVELY)], true, inTime)
  setImmediate(pass)
  const { nodes, cluster, keys } = await info
  expect([nodes['a:1']!.isUp, keys]).toEqual([false, 5])
  expect(cluster).toMatchObject({ state: 'ok', slots: 16_384 })
})

it('rejects where no master answers', async () => {
  const { inTime, pass } = deadline()
  const info = serverInfo([master('a:1', {}), master('b:2', {})], true, inTime)
  pass()
  await expect(info).rejects.toBe('late')
})

it('takes nothing for a number that is none', async () => {
  const { inTime } = deadline()
  const odd = `redis_version:7\r\nused_memory:\r\nuptime_in_seconds:-\r\ndb0:keys=${'9'.repeat(400)}\r\ndb1:keys=2\r\n`
  expect(await serverInfo([master('', { INFO: odd })], false, inTime)).toMatchObject({
    memory: undefined,
    uptime: undefined,
    keys: 2,
  })
})
