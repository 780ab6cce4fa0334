/** The text of docs/experiments.md around what was measured. The rows of other libraries were measured once, and are constants. */
export function page(figures: ReadonlyMap<string, string>, machine: string): string {
  const figure = (name: string): string => figures.get(name) ?? 'not measured'
  const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
    [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
  const races = (store: string): string[] => figure(`b races ${store}`).split(', ')
  return `# Experiments against real servers

What happens to a cache whose servers are killed, frozen, slowed down and filled with rubbish, and to one whose
processes race each other. Every experiment runs real processes against a real \`redis-server\` 7.0.15, a Redis Cluster of
three masters and three replicas, and three \`memcached\` 1.6.18. The short versions are tests (\`test/services/\`, part
of \`npm test\`); this page is written by the long ones:

\`\`\`
npm run experiments
\`\`\`

Measured on ${machine}, default options but \`ttl\`, shared with other work: take milliseconds as rough and counts as
solid. The other libraries were measured with the same experiments and their own documented set-up of two levels and a
bus, ttl 60 s (bentocache 1.6.1, cacheable 2.5.0, cache-manager 7.2.9, layered-loader 16.1.0, async-cache-dedupe
3.4.0, cachified 5.6.3; ioredis 5.11.1, \`@keyv/redis\` 5.1.6). "hot" and "cold" are p50 / p99 in milliseconds, of the slower of two processes.

## a. Three processes, 200 callers each, one cold key

The fetcher takes 200 ms; the failing one 50 ms. At best: one fetch, and everybody waits as long as it takes.

${table(
  ['', 'calls of the fetcher', 'failing fetcher', 'holder of the lease killed: another has the value after'],
  [
    ...['Redis', 'Cluster', 'Memcached'].map((store) => [
      `Terrace, ${store}`,
      figure(`a cold ${store}`),
      figure(`a failing ${store}`),
      figure(`a dead ${store}`),
    ]),
    ['bentocache', '3', '100 callers of one process: 100 calls one after another, 5,147 ms', 'no lease'],
    [
      'cacheable, cache-manager, layered-loader, async-cache-dedupe, cachified',
      '3',
      '1 a process, 51–57 ms',
      'no lease',
    ],
  ],
)}

## b. Something is set or deleted while a fetch is under way

A fetches v1; meanwhile B, or A itself, sets v2 or deletes. Cells: repetitions after which v1 was still in some level.
The clocks of B are 5 seconds behind.

${table(
  ['', 'B sets', 'B deletes', 'A sets', 'A deletes'],
  [
    ...['Redis', 'Cluster', 'Memcached'].map((store) => [`Terrace, ${store}`, ...races(store)]),
    ['bentocache, cacheable + sync, cache-manager', '5/5', '5/5', '5/5', '5/5'],
    ['layered-loader', '0/5, v1 in Redis', '5/5', '0/5, v1 in Redis', '5/5'],
    ['async-cache-dedupe, cachified (no level 1)', '5/5', '5/5', '5/5', '5/5'],
  ],
)}

${table(
  ['', 'keys that disagree after 40 concurrent sets on two nodes', 'stale after tags were invalidated while fetching'],
  [
    ...['Redis', 'Cluster', 'Memcached'].map((store) => [
      `Terrace, ${store}`,
      figure(`b concurrent ${store}`),
      figure(`b tags ${store}`),
    ]),
    ['bentocache', '0', 'v1 on both nodes; from a node whose clock is 5 s behind: no effect'],
    ['cacheable', '40', 'not measured'],
    ['layered-loader', '40', 'no tags'],
    ['cache-manager', '40 (no bus)', 'no tags'],
  ],
)}

A slow answer of Redis, promoted after an invalidation had arrived: Terrace ${figure('b slow')} stale; bentocache,
cacheable and cache-manager keep v1 in level 1, layered-loader does not.

## c. Redis is killed (kill -9) under load

A hot key every 2 ms and a cold one every 10 ms in each of two processes; the fetcher takes 20 ms for Terrace, so that
the cold column cannot go below 20.

${table(
  ['', '3 s', '15 s'],
  [
    ['Terrace, back without data', figure('c kill empty'), figure('c long empty')],
    ['Terrace, back with its data', figure('c kill durable'), figure('c long durable')],
    ['bentocache', 'hot 0.1 / 0.6; cold 1859 / 3348; errors 0', 'hot – / 4400; cold 7700 / 15,100'],
    ['cacheable + CacheSync', 'both processes exit with code 1', '–'],
    ['cacheable, no sync', 'hot 0.1 / 1.3; cold 1631 / 3106; errors 0', 'cold 7900 / 15,100'],
    ['cache-manager', 'hot 0.1 / 0.4; cold 1664 / 3147; errors 0', 'cold 10,000 / 17,200'],
    ['layered-loader', 'hot 0.1 / 0.2; cold 2271 / 3748; errors 0', 'cold 9900 / 17,300'],
    [
      'bentocache with a breaker and fail-fast client',
      'hot 0.1 / 0.2; cold 5.4 / 207; errors 0; the write is lost',
      '–',
    ],
  ],
)}

One set or delete in each of many outages. Cells: outages after which the old value was served again, or still.

${table(
  ['', 'lost'],
  [
    ['Terrace, 20 outages of 0.3–1 s, back without data', figure('c lost empty')],
    ['Terrace, 20 outages of 0.3–1 s, back with its data', figure('c lost durable')],
    ['bentocache, 10 outages of 0.8–3 s', 'other process 4 of 10; fail-fast client 10 of 10, and the writer 5 of 10'],
    [
      'layered-loader, 10 outages of 0.8–3 s',
      'other process 5 of 10; fail-fast client 9 of 10, and the writer 3 of 10',
    ],
  ],
)}

"untold": writes in the outage that did not say \`ok: false\` with the level pending.

## d. Redis does not answer

${table(
  ['', 'load, 6 s', 'load, 45 s', 'eight cold reads, one after another; values of a set given up on, seen later'],
  [
    ['Terrace, frozen (SIGSTOP)', figure('d frozen load'), figure('d frozen long'), figure('d frozen reads')],
    ['Terrace, half-open TCP', figure('d half-open load'), figure('d half-open long'), figure('d half-open reads')],
    ['bentocache, cacheable, cache-manager, layered-loader', 'cold reads hang until SIGCONT', '0 answers in 45 s', '–'],
    ['async-cache-dedupe, cachified', 'every read hangs', 'not measured', '–'],
  ],
)}

${table(
  ['Terrace', 'load'],
  [
    ['Redis slower by 100 ms a round trip', figure('d slow 50')],
    ['Redis slower by 400 ms a round trip', figure('d slow 200')],
    ['a master of the cluster killed, 8 s', figure('d cluster')],
    ['one of three Memcached nodes killed, 3 s', figure('d memcached killed')],
    ['one of three Memcached nodes frozen, 3 s', figure('d memcached frozen')],
  ],
)}

Redis absent at the start, out of memory, a read-only replica, a wrong password: tests only
(\`test/services/useless-redis.test.ts\`). Reads are answered by the source, writes say what is pending, and everything
is made up for when Redis is of use again. Of the others none answered a first read before Redis came; cacheable with sync ends the process.

## e. Rubbish in the store

Garbage, nothing, JSON and text of other shapes, cut and patched frames, written over an entry by hand.

${table(
  ['', ''],
  [
    ...Object.entries({
      Redis: 'Redis',
      Cluster: 'a Redis Cluster',
      Memcached: 'three Memcached nodes',
      disk: 'a file',
    }).map(([name, store]) => [`Terrace, ${name}`, figure(`e ${store}`)]),
    ['bentocache', 'garbage is a miss; JSON of another shape: `undefined` without calling the loader, and never heals'],
    ['layered-loader, async-cache-dedupe', 'garbage is a miss; JSON of another shape is returned as the value'],
    ['cacheable, cache-manager, cachified', 'a miss that heals'],
  ],
)}

## f. A value with 4 s to live, promoted after 3 s: served until

${table(
  ['', ''],
  [
    ...['Redis', 'Cluster', 'Memcached'].map((store) => [`Terrace, ${store}`, figure(`f ${store}`)]),
    ['bentocache', '3,958 ms'],
    ['cacheable', '3,971 ms'],
    ['cache-manager', '6,975 ms'],
    ['layered-loader', '6,976 ms'],
  ],
)}

## g. Values of every kind: from the source, from memory, from the store, promoted

${table(
  ['', ''],
  [
    ...Object.entries({
      Redis: 'Redis',
      Cluster: 'a Redis Cluster',
      Memcached: 'three Memcached nodes',
      disk: 'a file',
    }).map(([name, store]) => [`Terrace, ${name}`, figure(`g ${store}`)]),
    [
      'bentocache, cacheable, cache-manager, layered-loader',
      'Date comes back as text from level 2 in all four; Map, Set, RegExp and Error as `{}`; BigInt throws or is not stored; cacheable reloads `null`, `0`, `false` and `""`; layered-loader turns `null` into `""`',
    ],
  ],
)}

## h. A million keys with a ttl of 1 s, default options

${table(
  ['', ''],
  [
    ['Terrace', figure('h')],
    ['bentocache', '7 MB full, 6 MB when all has expired (1,000 entries)'],
    ['layered-loader', '4 MB, 4 MB (500 entries)'],
    ['async-cache-dedupe', '4 MB, 4 MB (1,024 entries)'],
    ['cacheable', '376 MB, 376 MB (all of them)'],
    ['cache-manager', '368 MB, 368 MB (all of them)'],
  ],
)}

Values are 100 characters here. A Redis of 8 MB that evicts what it likes, under sets, deletes and slow fetches of two
processes for 10 s: ${figure('pressure')}.
`
}
