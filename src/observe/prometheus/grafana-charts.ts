import { type Row, stat } from './grafana-chart.ts'

/**
 * The charts of the dashboard: what is asked of Prometheus, and what it means. Longer than files are here, for it
 * is one table, read from top to bottom as the dashboard is.
 *
 * @param label the name that a label has in this source
 */
export function rows(label: (name: string) => string): Row[] {
  const cache = label('cache')
  const level = label('level')
  const operation = label('operation')
  const event = label('event')
  const state = label('state')
  const against = label('against')
  const space = label('namespace')
  const within = label('within')
  const agreed = label('agreed')
  const why = label('why')
  const where = `${cache}=~"$cache", instance=~"$instance"`
  const rate = (metric: string, more = ''): string => `rate(${metric}{${where}${more}}[$__rate_interval])`
  const sum = (by: string, of: string): string => `sum by (${by}) (${of})`
  const quantile = (q: number, by: string, metric: string, more = ''): string =>
    `histogram_quantile(${q}, ${sum(`${by}, le`, rate(`${metric}_bucket`, more))})`
  const now = (metric: string, by: string): string => sum(by, `${metric}{${where}}`)
  const ofCache = `{{${cache}}}`
  const ofLevel = `{{${cache}}} {{${level}}}`
  const byLevel = `${cache}, ${level}`
  const ofSpace = `{{${cache}}} {{${space}}}`
  const bySpace = `${cache}, ${space}`
  const byBound = `${cache}, ${against}, ${within}`
  const reads = `, ${operation}="read"`
  const hitRatio = `sum(${rate('terrace_hits_total')}) / sum(${rate('terrace_requests_total')})`
  return [
    {
      title: 'At a glance',
      charts: [
        stat('Hit ratio', 'Requests that some level answered.', 'percentunit', hitRatio),
        stat('Requests', 'Keys asked for a second.', 'reqps', `sum(${rate('terrace_requests_total')})`),
        stat('Fetches', 'Keys fetched from the source a second.', 'reqps', `sum(${rate('terrace_fetches_total')})`),
        stat(
          'Levels not asked',
          'Levels whose breaker is open, in all processes.',
          'none',
          `sum(terrace_level_breaker{${where}, ${state}="open"})`,
        ),
        stat('Pending', 'Invalidations that levels have missed.', 'none', `sum(terrace_level_pending{${where}})`),
        stat('Caches', 'Caches that report.', 'none', `count(terrace_uptime_seconds{${where}})`),
      ],
    },
    {
      title: 'Answers',
      charts: [
        {
          title: 'Hit ratio by level',
          description: 'Part of all requests that each level answered: stacked, they are the hit ratio.',
          unit: 'percentunit',
          stacked: true,
          max: 1,
          curves: [
            {
              expr: `${sum(byLevel, rate('terrace_hits_total'))} / on (${cache}) group_left () ${sum(cache, rate('terrace_requests_total'))}`,
              legend: ofLevel,
            },
          ],
        },
        {
          title: 'Requests',
          description: 'By who answered: a level, or the source.',
          unit: 'reqps',
          stacked: true,
          curves: [
            { expr: sum(byLevel, rate('terrace_hits_total')), legend: ofLevel },
            { expr: sum(cache, rate('terrace_misses_total')), legend: `${ofCache} missed` },
          ],
        },
        {
          title: 'Fetches',
          description: 'Keys fetched, and those whose fetcher failed; requests that waited for a fetch under way.',
          unit: 'reqps',
          curves: [
            { expr: sum(cache, rate('terrace_fetches_total')), legend: `${ofCache} fetched` },
            { expr: sum(cache, rate('terrace_fetch_failures_total')), legend: `${ofCache} failed` },
            { expr: sum(cache, rate('terrace_events_total', `, ${event}="joined"`)), legend: `${ofCache} joined` },
          ],
        },
        {
          title: 'Stale answers',
          description: 'Requests answered with a stale copy: the source had failed, was slow or is being spared.',
          unit: 'reqps',
          curves: [{ expr: sum(cache, rate('terrace_stale_answers_total')), legend: ofCache }],
        },
        {
          title: 'Refreshes',
          description: 'Keys fetched anew in the background, before anybody had to wait for them.',
          unit: 'reqps',
          curves: [{ expr: sum(cache, rate('terrace_refreshes_total')), legend: ofCache }],
        },
      ],
    },
    {
      title: 'Sparing the source',
      charts: [
        {
          title: 'Fetches under way',
          description: 'How many there are, may be, and wait for their turn; where the source is spared.',
          unit: 'none',
          curves: [
            { expr: now('terrace_source_in_flight', cache), legend: `${ofCache} under way` },
            { expr: now('terrace_source_limit', cache), legend: `${ofCache} limit` },
            { expr: now('terrace_source_queued', cache), legend: `${ofCache} in line` },
          ],
        },
        {
          title: 'Shed and tried again',
          description: 'Fetches that were not let through, and retries of those that had failed.',
          unit: 'reqps',
          curves: [
            { expr: sum(cache, rate('terrace_source_shed_total')), legend: `${ofCache} shed` },
            { expr: sum(cache, rate('terrace_source_retries_total')), legend: `${ofCache} tried again` },
          ],
        },
        {
          title: 'Waiting for a turn',
          description: 'Time that fetches spend in line, by time: how many are in line on average.',
          unit: 'none',
          curves: [{ expr: sum(cache, rate('terrace_source_waiting_seconds_total')), legend: ofCache }],
        },
      ],
    },
    {
      title: 'Latency',
      charts: [
        {
          title: 'Reads of levels',
          description: 'Median and 99th percentile. Level 1 answers from memory without being called.',
          unit: 's',
          curves: [
            { expr: quantile(0.5, byLevel, 'terrace_level_duration_seconds', reads), legend: `${ofLevel} p50` },
            { expr: quantile(0.99, byLevel, 'terrace_level_duration_seconds', reads), legend: `${ofLevel} p99` },
          ],
        },
        {
          title: 'Calls of levels',
          description: '99th percentile of every kind of call.',
          unit: 's',
          curves: [
            {
              expr: quantile(0.99, `${byLevel}, ${operation}`, 'terrace_level_duration_seconds'),
              legend: `${ofLevel} {{${operation}}}`,
            },
          ],
        },
        {
          title: 'Fetchers',
          description: 'Median and 99th percentile.',
          unit: 's',
          curves: [
            { expr: quantile(0.5, cache, 'terrace_fetch_duration_seconds'), legend: `${ofCache} p50` },
            { expr: quantile(0.99, cache, 'terrace_fetch_duration_seconds'), legend: `${ofCache} p99` },
          ],
        },
      ],
    },
    {
      title: 'Levels',
      charts: [
        {
          title: 'Own hit ratio',
          description: 'Of the reads that reached a level.',
          unit: 'percentunit',
          max: 1,
          curves: [
            {
              expr: `${sum(byLevel, rate('terrace_level_hits_total'))} / (${sum(byLevel, rate('terrace_level_hits_total'))} + ${sum(byLevel, rate('terrace_level_misses_total'))})`,
              legend: ofLevel,
            },
          ],
        },
        {
          title: 'Entries',
          description: 'Held now.',
          unit: 'short',
          curves: [{ expr: now('terrace_level_entries', byLevel), legend: ofLevel }],
        },
        {
          title: 'Bytes',
          description: 'Held now, where a level is bounded by bytes.',
          unit: 'bytes',
          curves: [{ expr: now('terrace_level_size_bytes', byLevel), legend: ofLevel }],
        },
        {
          title: 'Writes and deletes',
          description: 'Entries written, keys deleted.',
          unit: 'ops',
          curves: [
            { expr: sum(byLevel, rate('terrace_level_writes_total')), legend: `${ofLevel} written` },
            { expr: sum(byLevel, rate('terrace_level_deletes_total')), legend: `${ofLevel} deleted` },
          ],
        },
        {
          title: 'Who left',
          description: 'Entries evicted to make room, and entries whose time was over.',
          unit: 'ops',
          curves: [
            { expr: sum(byLevel, rate('terrace_level_evictions_total')), legend: `${ofLevel} evicted` },
            { expr: sum(byLevel, rate('terrace_level_expirations_total')), legend: `${ofLevel} expired` },
          ],
        },
        {
          title: 'Events',
          description: 'Everything else that happens, by kind.',
          unit: 'ops',
          curves: [
            { expr: sum(`${cache}, ${event}`, rate('terrace_events_total')), legend: `${ofCache} {{${event}}}` },
          ],
        },
      ],
    },
    {
      title: 'Trouble',
      charts: [
        {
          title: 'Failures of levels',
          description: 'Calls that failed, were late or answered nonsense. Callers do not notice.',
          unit: 'ops',
          curves: [{ expr: sum(byLevel, rate('terrace_level_failures_total')), legend: ofLevel }],
        },
        {
          title: 'Breakers',
          description: 'Processes in which a level is not asked, or only tried.',
          unit: 'none',
          curves: [
            {
              expr: sum(`${byLevel}, ${state}`, `terrace_level_breaker{${where}, ${state}!="closed"}`),
              legend: `${ofLevel} {{${state}}}`,
            },
          ],
        },
        {
          title: 'Pending invalidations',
          description: 'Missed by a level, and told again in the background.',
          unit: 'short',
          curves: [{ expr: now('terrace_level_pending', byLevel), legend: ofLevel }],
        },
        {
          title: 'Proof',
          description: 'Part of the processes that are known to hear of every invalidation of others.',
          unit: 'percentunit',
          max: 1,
          curves: [{ expr: `avg by (${byLevel}) (terrace_level_proven{${where}})`, legend: ofLevel }],
        },
        {
          title: 'Unproven hits',
          description: 'Served by level 1 while the shared levels could not be reached.',
          unit: 'reqps',
          curves: [{ expr: sum(cache, rate('terrace_hits_unproven_total')), legend: ofCache }],
        },
        {
          title: 'Leases and flights',
          description: 'Keys fetched for the whole fleet, keys left to others, keys under way.',
          unit: 'short',
          curves: [
            { expr: sum(cache, rate('terrace_leases_held_total')), legend: `${ofCache} held/s` },
            { expr: sum(cache, rate('terrace_leases_awaited_total')), legend: `${ofCache} awaited/s` },
            { expr: now('terrace_flights', cache), legend: `${ofCache} under way` },
          ],
        },
      ],
    },
    {
      title: 'Namespaces',
      charts: [
        {
          title: 'Hit ratio by namespace',
          description: 'Of those that were declared with options.',
          unit: 'percentunit',
          max: 1,
          curves: [
            {
              expr: `${sum(bySpace, rate('terrace_namespace_hits_total'))} / ${sum(bySpace, rate('terrace_namespace_requests_total'))}`,
              legend: ofSpace,
            },
          ],
        },
        {
          title: 'Misses and fetches by namespace',
          description: 'Requests that no level could answer, keys fetched, and keys whose fetcher failed.',
          unit: 'ops',
          curves: [
            { expr: sum(bySpace, rate('terrace_namespace_misses_total')), legend: `${ofSpace} misses` },
            { expr: sum(bySpace, rate('terrace_namespace_fetches_total')), legend: `${ofSpace} fetches` },
            { expr: sum(bySpace, rate('terrace_namespace_fetch_failures_total')), legend: `${ofSpace} failures` },
          ],
        },
        {
          title: 'Stale and mismatched by namespace',
          description: 'Requests answered with a stale copy, and values that did not fit the schema.',
          unit: 'ops',
          curves: [
            { expr: sum(bySpace, rate('terrace_namespace_stale_total')), legend: `${ofSpace} stale` },
            { expr: sum(bySpace, rate('terrace_namespace_mismatched_total')), legend: `${ofSpace} mismatched` },
          ],
        },
      ],
    },
    {
      title: 'Checked reads',
      charts: [
        {
          title: 'Reads that agreed',
          description: 'Of the reads that were checked, by what they were compared with, and within how many seconds.',
          unit: 'percentunit',
          max: 1,
          curves: [
            {
              expr: `${sum(byBound, rate('terrace_verified_reads_total', `, ${agreed}="true"`))} / ${sum(byBound, rate('terrace_verified_reads_total'))}`,
              legend: `${ofCache} {{${against}}} {{${within}}}`,
            },
          ],
        },
        {
          title: 'Reads of which nothing could be said',
          description: 'Because what they are compared with did not answer, or has dropped the key.',
          unit: 'reqps',
          curves: [
            {
              expr: sum(`${cache}, ${why}`, rate('terrace_verified_unknown_total')),
              legend: `${ofCache} {{${why}}}`,
            },
          ],
        },
      ],
    },
  ]
}
