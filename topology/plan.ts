// What both ways of starting the topology have in common: this machine (npm run topology) and compose.yaml.

/** How many of each part. */
export const PARTS = { apps: 3, masters: 3, replicasOfEach: 1, memcached: 3 } as const

/** The shop: items in categories, each category a tag. */
export const SHOP = { items: 5000, categories: 200 } as const

/** The cache of each app server. Times in milliseconds. */
export const CACHE = {
  /** How long a value may be served at all. */
  ttl: 60_000,
  /** Level 1: a tenth of the shop, so that the levels below have something to do. */
  memoryEntries: 500,
  /** Of one call of level 2 or 3. */
  timeout: 250,
  maxStaleness: 5000,
  /** How long the lease of a process that has died stands, in Memcached. */
  lease: 3000,
} as const

/** Megabytes of one server. */
export const MEMORY = { redis: 64, memcached: 64 } as const

/** Milliseconds after which the nodes of the Redis Cluster take a silent one for dead. */
export const NODE_TIMEOUT = 2000

/** The database. Milliseconds a statement takes there: it is on this machine, and would else be faster than any real one. */
export const DATABASE = { pace: 15, slowPace: 300, connectionsOfEach: 20 } as const

/**
 * The load balancer, as config/nginx.conf.template has it: milliseconds until it gives up on an app server, and
 * asks another. Longer than a reader may wait in the cache: or a key whose lease is held by a process that has
 * died would look like three app servers that have.
 */
export const BALANCER = { connectTimeout: 500, readTimeout: 4000, tries: 3, failures: 3 } as const

/** Milliseconds after which a reader counts as left without an answer. */
export const PATIENCE = 15_000
