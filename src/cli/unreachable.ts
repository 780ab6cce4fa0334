import { CommandError } from './command-error.ts'
import { reasonOf } from './reason.ts'
import type { Target } from './target.ts'

/** What the reason of a failed attempt is a sign of, for a server of one kind: the first that fits is told. */
type Signs = readonly (readonly [sign: RegExp, hint: string])[]

const UNTRUSTED = /self-signed|unable to (?:get|verify)/
const CUT_OFF = /ECONNRESET|EPIPE|closed|other side/

const REDIS: Signs = [
  [/NOAUTH/, 'give its password in the address, or in REDISCLI_AUTH'],
  [/RESP type 69\b/, 'what answers there is a Memcached? Then write memcached://'],
  [/RESP type/, 'what answers there is no Redis'],
]
const REDIS_PLAIN: Signs = [...REDIS, [CUT_OFF, 'does it expect TLS? Then write rediss://']]
const REDIS_OVER_TLS: Signs = [
  ...REDIS,
  [/no answer|timeout|SSL|ECONNRESET|closed/, 'does it speak TLS? If not, write redis://'],
  [UNTRUSTED, 'name the certificate that is to be trusted in NODE_EXTRA_CA_CERTS'],
]
const MEMCACHED: Signs = [
  [/protocol: "-(?:ERR|NOAUTH|DENIED)\b/, 'what answers there is a Redis: write redis://'],
  [/protocol: /, 'what answers there is no Memcached'],
]
const MEMCACHED_PLAIN: Signs = [...MEMCACHED, [CUT_OFF, 'does it expect TLS? Then write memcacheds://']]
const MEMCACHED_OVER_TLS: Signs = [
  ...MEMCACHED,
  [/timeout|no answer|SSL|packet length|ECONNRESET|closed|other side/, 'does it speak TLS? If not, write memcached://'],
  [UNTRUSTED, 'name the certificate that is to be trusted in NODE_EXTRA_CA_CERTS'],
]
const HTTP: Signs = [[CUT_OFF, 'does it expect TLS? Then write https://']]
const HTTPS: Signs = [
  [/SSL|packet length/, 'does it speak TLS? If not, write http://'],
  [UNTRUSTED, 'name the certificate that is to be trusted in NODE_EXTRA_CA_CERTS'],
]

function signsOf(target: Target): Signs {
  if (target.kind === 'redis') return target.tls ? REDIS_OVER_TLS : REDIS_PLAIN
  if (target.kind === 'memcached') return target.tls ? MEMCACHED_OVER_TLS : MEMCACHED_PLAIN
  if (target.kind === 'dashboard') return target.url.startsWith('https:') ? HTTPS : HTTP
  return []
}

/** Why a target could not be asked, and what that is a sign of, in one line. */
export function reasonWithHint(target: Target, cause: unknown): string {
  const reason = reasonOf(cause)
  const hint = signsOf(target).find(([sign]) => sign.test(reason))?.[1]
  return hint === undefined ? reason : `${reason} (${hint})`
}

/** The error that tells it. */
export function unreachable(target: Target, cause: unknown): CommandError {
  return CommandError.failure(`cannot reach ${target.shown}: ${reasonWithHint(target, cause)}`)
}
