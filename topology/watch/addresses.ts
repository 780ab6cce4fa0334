import type { PartKind } from '../parts/part.ts'
import type { Address } from './probes.ts'

/**
 * The parts as the environment of compose.yaml names them: `host:port`, of an app server with `=` and the
 * address of its dashboard.
 */
export function addressesIn(env: NodeJS.ProcessEnv): Address[] {
  const all = (kind: PartKind, text: string | undefined): Address[] =>
    (text ?? '').split(',').map((each) => {
      const [address = '', url] = each.split('=')
      const [host = '', port] = address.split(':')
      if (host === '' || !(Number(port) > 0)) throw new Error(`expected host:port for ${kind}, got '${each}'`)
      return { kind, name: host, host, port: Number(port), ...(url === undefined ? {} : { url }) }
    })
  const { host } = new URL(env.DATABASE_URL!)
  return [
    ...all('balancer', env.BALANCER),
    ...all('app', env.APPS),
    ...all('redis', env.REDIS_NODES),
    ...all('memcached', env.MEMCACHED_NODES),
    ...all('database', host),
  ]
}
