/** What an app server is told by its environment, here and in compose.yaml. */
export interface AppSettings {
  readonly name: string
  readonly host: string
  readonly port: number
  /** `host:port`, some of the cluster's nodes. */
  readonly redis: readonly string[]
  /** `host:port`, all of them. */
  readonly memcached: readonly string[]
  readonly database: string
  /** Whom its dashboard lets in: who comes from this machine, or whoever reaches it (a container, whose port is published on the loopback only). */
  readonly dashboard: 'this machine' | 'everybody'
  /** Broken on purpose: it says that it has invalidated, and has not. */
  readonly isSabotaged: boolean
}

/** @throws Error that names the variable that is missing */
export function settingsIn(env: NodeJS.ProcessEnv): AppSettings {
  const given = (name: string): string => {
    const value = env[name]
    if (value === undefined || value === '') throw new Error(`${name} must be set`)
    return value
  }
  return {
    name: given('APP_NAME'),
    host: env.APP_HOST ?? '127.0.0.1',
    port: Number(given('APP_PORT')),
    redis: given('REDIS_NODES').split(','),
    memcached: given('MEMCACHED_NODES').split(','),
    database: given('DATABASE_URL'),
    dashboard: env.APP_DASHBOARD === 'everybody' ? 'everybody' : 'this machine',
    isSabotaged: env.APP_SABOTAGE === 'yes',
  }
}

/** The same the other way round. */
export function environmentOf(settings: AppSettings): Record<string, string> {
  return {
    APP_NAME: settings.name,
    APP_HOST: settings.host,
    APP_PORT: String(settings.port),
    REDIS_NODES: settings.redis.join(','),
    MEMCACHED_NODES: settings.memcached.join(','),
    DATABASE_URL: settings.database,
    APP_DASHBOARD: settings.dashboard,
    APP_SABOTAGE: settings.isSabotaged ? 'yes' : 'no',
  }
}
