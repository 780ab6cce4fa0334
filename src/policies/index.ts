import { fifo } from './fifo.ts'
import { lfu } from './lfu.ts'
import { lru } from './lru.ts'
import type { PolicyFactory } from './policy.ts'
import { random } from './random.ts'
import { s3Fifo } from './s3-fifo.ts'
import { sieve } from './sieve.ts'
import { ttl } from './ttl.ts'
import { wTinyLfu } from './w-tinylfu.ts'

/** Every policy by the name that options take. The compiler shows where else a new one has to say something of itself. */
export type PolicyName = 'lru' | 'lfu' | 'fifo' | 'ttl' | 'random' | 'sieve' | 's3Fifo' | 'wTinyLfu'

export const policies: Readonly<Record<PolicyName, PolicyFactory>> = {
  lru,
  lfu,
  fifo,
  ttl,
  random,
  sieve,
  s3Fifo,
  wTinyLfu,
}
