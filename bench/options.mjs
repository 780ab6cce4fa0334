import { resolve } from 'node:path'
import { Flags } from '../src/cli/flags.ts'

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

function parsePeer(text) {
  const at = text.indexOf('=')
  if (at < 1) throw new Error(`--peer: "${text}" is not name=path`)
  return { name: text.slice(0, at), path: text.slice(at + 1) }
}

function chooseParts(flags, narrow) {
  const named = PARTS.filter((part) => flags.has(part))
  if (named.length > 0) return named
  if (narrow) return ['speed']
  return flags.has('quick') ? ['speed', 'async'] : PARTS
}

const FLAGS = {
  ...Object.fromEntries(PARTS.map((part) => [part, 'switch'])),
  quick: 'switch',
  write: 'switch',
  help: 'switch',
  only: 'many',
  sizes: 'many',
  rounds: 'one',
  against: 'one',
  peer: 'each',
}

export function parseOptions(args) {
  const flags = Flags.alone(FLAGS, args)
  const isQuick = flags.has('quick')
  const only = flags.many('only') ?? []
  const extra = (flags.each('peer') ?? []).map(parsePeer)
  const narrow = only.length > 0 || extra.length > 0 || flags.has('sizes')
  const restricted = narrow || flags.has('rounds') || isQuick
  const rounds = Number(flags.one('rounds') ?? (isQuick ? 2 : 5))
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds: "${flags.one('rounds')}" is no count`)
  return {
    help: flags.has('help'),
    parts: chooseParts(flags, narrow),
    only,
    extra,
    rounds,
    against: flags.has('against') ? resolve(flags.one('against')) : undefined,
    sizes: (flags.many('sizes') ?? (isQuick ? ['100k'] : ['1k', '100k', '1M'])).map(parseSize),
    write: flags.has('write') || !restricted,
  }
}
