import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

export const PARTS = ['speed', 'memory', 'pauses', 'scaling', 'allocation', 'async', 'advice', 'features', 'remote']

export const USAGE = `npm run bench -- [parts] [options]

Parts (all of them if none is named; speed alone where --only, --peer or --sizes is given):
  ${PARTS.map((part) => `--${part}`).join(' ')}

Options:
  --quick            speed at 100k entries and async alone, two rounds: about 3 minutes
  --only a,b         these peers only (lru-cache joins in: it is what ratios are taken to)
  --peer name=path   also a module that exports create(maxEntries, { ttl }) giving { get, set }
  --sizes 1k,100k    cache sizes of the speed part (default 1k,100k,1M)
  --rounds n         rounds (default 5)
  --against DIR      features: also an earlier version, of which DIR is a checkout with its packages installed
  --write            write RESULTS.md and results.json also where the run was restricted
  --help`

const UNITS = { '': 1, k: 1e3, m: 1e6 }

export function parseSize(text) {
  const [, digits, unit] = /^(\d+)([km]?)$/i.exec(text) ?? []
  const size = digits * UNITS[unit?.toLowerCase()]
  if (!(size >= 1000 && size <= 10_000_000)) throw new Error(`--sizes: "${text}" is no size between 1k and 10M`)
  return size
}

export const showSize = (size) => (size >= 1e6 ? `${size / 1e6}M` : `${size / 1e3}k`)

const list = (text) => (text === undefined ? [] : text.split(',').filter(Boolean))

function parsePeer(text) {
  const at = text.indexOf('=')
  if (at < 1) throw new Error(`--peer: "${text}" is not name=path`)
  return { name: text.slice(0, at), path: text.slice(at + 1) }
}

function chooseParts(values, narrow) {
  const named = PARTS.filter((part) => values[part])
  if (named.length > 0) return named
  if (narrow) return ['speed']
  return values.quick ? ['speed', 'async'] : PARTS
}

export function parseOptions(args) {
  const boolean = { type: 'boolean' }
  const { values } = parseArgs({
    args,
    options: {
      ...Object.fromEntries(PARTS.map((part) => [part, boolean])),
      quick: boolean,
      write: boolean,
      help: boolean,
      only: { type: 'string' },
      sizes: { type: 'string' },
      rounds: { type: 'string' },
      against: { type: 'string' },
      peer: { type: 'string', multiple: true },
    },
  })
  const only = list(values.only)
  const extra = (values.peer ?? []).map(parsePeer)
  const narrow = only.length > 0 || extra.length > 0 || values.sizes !== undefined
  const restricted = narrow || values.rounds !== undefined || values.quick === true
  const rounds = Number(values.rounds ?? (values.quick ? 2 : 5))
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds: "${values.rounds}" is no count`)
  return {
    help: values.help === true,
    parts: chooseParts(values, narrow),
    only,
    extra,
    rounds,
    against: values.against === undefined ? undefined : resolve(values.against),
    sizes: list(values.sizes ?? (values.quick ? '100k' : '1k,100k,1M')).map(parseSize),
    write: values.write === true || !restricted,
  }
}
