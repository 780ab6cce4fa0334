import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** name → the package it comes from; undefined for what needs none. */
const packages = {
  map: undefined,
  'lru-cache': 'lru-cache',
  'lru.min': 'lru.min',
  'quick-lru': 'quick-lru',
  'tiny-lru': 'tiny-lru',
  'mnemonist-lru-cache': 'mnemonist',
  'mnemonist-lru-map': 'mnemonist',
  flru: 'flru',
  transitory: 'transitory',
  ttlcache: '@isaacs/ttlcache',
  'cacheable-memory': '@cacheable/memory',
  'node-cache': 'node-cache',
  terrace: 'terrace',
  'terrace-sieve': 'terrace',
  'terrace-lru': 'terrace',
  'terrace-s3fifo': 'terrace',
}

const here = (path) => new URL(path, import.meta.url)

/** The version of an installed package, of this one for 'terrace'. */
export function versionOf(name) {
  if (name === undefined) return undefined
  const file = name === 'terrace' ? here('../package.json') : here(`node_modules/${name}/package.json`)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined
}

/** The peers to run: the named ones (all when none is named), and those given as name=path. */
export function choosePeers(names, extra) {
  const chosen = names.length > 0 ? names : extra.length > 0 ? [] : Object.keys(packages)
  const peers = chosen.map((name) => {
    if (!(name in packages)) throw new Error(`no peer "${name}"; there are ${Object.keys(packages).join(', ')}`)
    const module = here(`peers/${name}.mjs`).href
    return { name, module, version: versionOf(packages[name]), ours: packages[name] === 'terrace' }
  })
  for (const { name, path } of extra) peers.push({ name, module: pathToFileURL(resolve(path)).href, ours: false })
  return peers
}

/** Abilities of a module that does not tell: all. */
export async function abilitiesOf(peer) {
  const { abilities } = await import(peer.module)
  return new Set(abilities ?? ['evicts', 'expires'])
}
