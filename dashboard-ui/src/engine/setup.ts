import type { PolicyName } from '../../../src/policies/index.ts'

/** What a run of the playground begins with. All that happens follows from it and from the commands. */
export interface Setup {
  /** Level 1 first. */
  readonly levels: readonly LevelSetup[]
  /** Milliseconds the database takes. */
  readonly latency: number
  /** What is in the database before the first command. */
  readonly rows: readonly (readonly [key: string, value: string])[]
  readonly seed: number
}

export interface LevelSetup {
  readonly capacity: number
  readonly policy: PolicyName
  /** Milliseconds nothing stays longer; `undefined` for no such limit. */
  readonly ttl: number | undefined
}

export const MOST_LEVELS = 4
export const LARGEST_CAPACITY = 10_000
export const LONGEST_LATENCY = 60_000
export const MOST_ROWS = 100
export const MOST_COMMANDS = 500
export const LARGEST_SEED = 0x7fffffff

/** The policies, and what each does in a few words. */
export const POLICIES: Readonly<Record<PolicyName, string>> = {
  lru: 'evicts the least recently used',
  lfu: 'evicts the least often used',
  fifo: 'evicts the oldest, used or not',
  ttl: 'evicts what would expire first',
  random: 'evicts any',
  sieve: 'a hand evicts the first that was not used since it passed',
  s3Fifo: 'a small queue sifts; what is used there moves to the main one',
  wTinyLfu: 'a newcomer stays if it is asked for more often than whom it would replace',
}

export const DEFAULT_SETUP: Setup = {
  levels: [
    { capacity: 2, policy: 'lru', ttl: undefined },
    { capacity: 3, policy: 'lru', ttl: undefined },
  ],
  latency: 40,
  rows: [
    ['user:1', 'Alice'],
    ['user:2', 'Bob'],
    ['user:3', 'Carol'],
    ['user:4', 'Dave'],
    ['user:5', 'Erin'],
  ],
  seed: 1,
}

export const DEFAULT_SCRIPT: readonly string[] = [
  'get user:1',
  'put hello world',
  'get user:2',
  'get user:1',
  'get user:3',
  'get user:4',
  'get user:9',
  'source fails',
  'get user:5',
]

/** Scripts to begin with. */
export const EXAMPLES: readonly { readonly name: string; readonly script: readonly string[] }[] = [
  { name: 'Two levels, step by step', script: DEFAULT_SCRIPT },
  {
    name: 'A stampede: many callers, one fetch',
    script: ['get user:1 x20', 'get user:1 x20', 'delete user:1', 'get user:1 x20'],
  },
  {
    name: 'The source changes',
    script: ['get user:1', 'row user:1 Alicia', 'get user:1', 'delete user:1', 'get user:1'],
  },
  {
    name: 'Time to live',
    script: [
      'get user:1 ttl 10s',
      'wait 4s',
      'get user:2 ttl 10s',
      'get user:1',
      'wait 6s',
      'get user:1 ttl 10s',
      'wait 60s',
    ],
  },
  {
    name: 'Tags',
    script: [
      'get user:1 tags users',
      'get user:2 tags users',
      'put hello world',
      'tag users',
      'look user:1',
      'look hello',
      'get user:2',
    ],
  },
  {
    name: 'A loop that LRU cannot hold',
    script: Array.from({ length: 16 }, (_, n) => `get user:${(n % 4) + 1}`),
  },
]
