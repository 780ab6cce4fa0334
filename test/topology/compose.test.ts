import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { settingsIn } from '../../topology/app/settings.ts'
import { siteOf } from '../../topology/parts/balancer.ts'
import { REDIS_ARGUMENTS } from '../../topology/parts/stores.ts'
import { BALANCER, MEMORY, NODE_TIMEOUT, PARTS } from '../../topology/plan.ts'
import { addressesIn } from '../../topology/watch/addresses.ts'

interface Service {
  readonly image: string
  readonly command?: string | readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>
}

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
const { services } = parse(read('compose.yaml'), { merge: true, strict: true, uniqueKeys: true }) as {
  services: Readonly<Record<string, Service>>
}
const names = Object.keys(services)
const numbered = (name: string): string[] => names.filter((each) => new RegExp(`^${name}-\\d$`).test(each))
const commandOf = (name: string): string => [services[name]!.command].flat().join(' ')

it('has as many of each part', () => {
  expect(numbered('app')).toHaveLength(PARTS.apps)
  expect(numbered('memcached')).toHaveLength(PARTS.memcached)
  expect(numbered('redis')).toHaveLength(PARTS.masters * (1 + PARTS.replicasOfEach))
  expect(commandOf('redis-cluster')).toContain(`--cluster-replicas ${PARTS.replicasOfEach} `)
})

it('pins every image to a version, that of Node to the one the tests run on', () => {
  for (const { image } of Object.values(services)) expect(image).toMatch(/^[a-z]+:\d+\.\d+(\.\d+)?(-[a-z-]+)?$/)
  const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: Record<string, string> }
  expect(services['app-1']!.image).toBe(`node:${devDependencies.node}-bookworm-slim`)
})

it('tells the servers the same', () => {
  for (const name of numbered('redis')) {
    expect(commandOf(name)).toContain(REDIS_ARGUMENTS.join(' '))
    expect(commandOf(name)).toContain(`--cluster-node-timeout ${NODE_TIMEOUT} `)
  }
  for (const name of numbered('memcached')) expect(commandOf(name)).toBe(`-m ${MEMORY.memcached}`)
})

it('gives each app server an environment that it understands, with servers that are there', () => {
  for (const name of numbered('app')) {
    const settings = settingsIn(services[name]!.environment!)
    expect(settings.name).toBe(name)
    expect(settings.redis).toEqual(numbered('redis').map((each) => `${each}:6379`))
    expect(settings.memcached).toEqual(numbered('memcached').map((each) => `${each}:11211`))
    const { environment } = services.database!
    expect(settings.database).toBe(
      `postgres://${environment!.POSTGRES_USER}:${environment!.POSTGRES_PASSWORD}@database:5432/${environment!.POSTGRES_DB}`,
    )
  }
})

it('watches every part', () => {
  const watched = addressesIn(services.load!.environment!).map(({ name }) => name)
  expect(watched.toSorted()).toEqual(names.filter((name) => name !== 'load' && name !== 'redis-cluster').sort())
})

it('publishes on the loopback only, and depends on what is there', () => {
  for (const { ports = [], depends_on = [] } of Object.values(services)) {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/)
    for (const name of Array.isArray(depends_on) ? depends_on : Object.keys(depends_on)) expect(names).toContain(name)
  }
})

it('shares the load balancer’s file, which has what the plan says', () => {
  expect(services.balancer!.volumes![0]).toContain('topology/config/nginx.conf.template:/etc/nginx/templates/')
  const { LISTEN, APP_1, APP_2, APP_3, PAGE } = services.balancer!.environment as Record<string, string>
  const site = siteOf({ LISTEN: LISTEN!, APP_1: APP_1!, APP_2: APP_2!, APP_3: APP_3!, PAGE: PAGE! })
  expect(site).not.toContain('${')
  expect(site.match(/server app-\d:8080 max_fails=3/g)).toHaveLength(PARTS.apps)
  expect(site).toContain(`max_fails=${BALANCER.failures} `)
  expect(site).toContain(`proxy_connect_timeout ${BALANCER.connectTimeout}ms;`)
  expect(site).toContain(`proxy_read_timeout ${BALANCER.readTimeout}ms;`)
  expect(site).toContain(`proxy_next_upstream_tries ${BALANCER.tries};`)
})
