/** What other caches call an option, in lower case, and what it is called here. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ...called(['max', 'maxitems', 'maxkeys', 'maximumsize', 'lrusize', 'capacity', 'limit'], 'maxEntries'),
  ...called(['maxsize', 'maxmemory', 'maximumweight'], 'maxBytes'),
  ...called(['sizecalculation', 'weigher'], 'sizeOf'),
  ...called(['maxage', 'stdttl', 'duration', 'expire', 'expires', 'expiresin', 'expireafterwrite', 'ex', 'px'], 'ttl'),
  ...called(['expireafteraccess', 'updateageonget', 'slidingexpiration'], 'idle'),
  ...called(['jitter', 'jittermaxduration'], 'ttlJitter'),
  ...called(['grace', 'graceperiod', 'stale', 'allowstale', 'failsafemaxduration', 'swr'], 'staleFor'),
  ...called(['stalewhilerevalidate', 'stalettl'], 'staleFor'),
  ...called(['staleiferror', 'isfailsafeenabled'], 'staleOnError'),
  ...called(['refreshthreshold', 'eagerrefreshthreshold', 'refreshafterwrite', 'refreshahead'], 'refreshAfter'),
  ...called(['factorysofttimeout'], 'softTimeout'),
  ...called(['factorytimeout', 'factoryhardtimeout', 'fetchtimeout'], 'hardTimeout'),
  ...called(['forcefresh', 'forcerefresh', 'skipcache'], 'bypass'),
  ...called(['stores', 'caches', 'tiers', 'layers'], 'levels'),
  ...called(['dispose', 'onevict', 'removallistener'], 'onRemoval'),
  ...called(['keyprefix', 'namespace'], 'prefix'),
  ...called(['db'], 'database'),
  // One where several are taken, and the other way round: too many letters apart for a misspelling.
  ...called(['policy'], 'policies'),
  ...called(['policies'], 'policy'),
  ...called(['servers', 'hosts', 'locations'], 'nodes'),
])

/** What an option of another cache is called here, if that is one of these. */
export function familiar(name: string, options: readonly string[]): string | undefined {
  const own = NAMES.get(name.toLowerCase())
  return own !== undefined && options.includes(own) ? own : undefined
}

function called(names: readonly string[], own: string): (readonly [string, string])[] {
  return names.map((name) => [name, own])
}
