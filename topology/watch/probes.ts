import { Agent } from 'node:http'
import { connect } from 'node:net'
import { redisCommandAt } from '../../servers/redis-wire.ts'
import type { Database } from '../database/database.ts'
import type { PartKind } from '../parts/part.ts'
import type { AppStats } from '../wire/app-answers.ts'
import { ask } from '../wire/ask.ts'

/** Milliseconds after which a part counts as silent. */
const PATIENCE = 400

/** `up`, `silent` (it takes connections and does not answer), or `down`. */
export type Health = 'up' | 'silent' | 'down'

/** Where a part is. */
export interface Address {
  readonly kind: PartKind
  readonly name: string
  readonly host: string
  readonly port: number
  /** Of an app server: where a browser finds its dashboard. */
  readonly url?: string
}

/** How a part was found. */
export interface Found {
  readonly health: Health
  /** Milliseconds it took to answer. */
  readonly ms: number
  /** Of an app server. */
  readonly stats?: AppStats
  /** Of a node of the Redis Cluster. */
  readonly role?: 'master' | 'replica'
  /** Before it was asked. */
  readonly asked: number
}

const agents = { app: new Agent({ keepAlive: true, maxSockets: 4 }), balancer: new Agent({ keepAlive: true }) }

/** Asks a part for a sign of life, in its own protocol. Never rejects. */
export async function probe(address: Address, database: Database): Promise<Found> {
  const asked = performance.now()
  const late = Symbol('late')
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<typeof late>((resolve) => {
    timer = setTimeout(() => resolve(late), PATIENCE)
  })
  try {
    const answer = await Promise.race([signOfLife(address, database), patience])
    const ms = performance.now() - asked
    if (answer === late) return { health: 'silent', ms, asked }
    return { health: 'up', ms, asked, ...answer }
  } catch {
    return { health: 'down', ms: performance.now() - asked, asked }
  } finally {
    clearTimeout(timer)
  }
}

async function signOfLife({ kind, host, port }: Address, database: Database): Promise<Pick<Found, 'stats' | 'role'>> {
  const base = `http://${host}:${port}`
  if (kind === 'app')
    return { stats: JSON.parse((await ask(agents.app, base, 'GET', '/stats', 2000)).text) as AppStats }
  if (kind === 'redis') {
    const told = await redisCommandAt(host, port, 'INFO', 'replication')
    return { role: /role:master/.test(told) ? 'master' : 'replica' }
  }
  if (kind === 'balancer') await ask(agents.balancer, base, 'GET', '/alive', 2000)
  else if (kind === 'memcached') await memcachedSays(host, port)
  else await database.find(0)
  return {}
}

function memcachedSays(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host, () => socket.write('mn\r\n'))
    socket.setTimeout(2000, () => socket.destroy(new Error('silent')))
    socket.once('error', reject)
    socket.once('data', () => {
      socket.destroy()
      resolve()
    })
  })
}
