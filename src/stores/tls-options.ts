import type { ConnectionOptions } from 'node:tls'
import { type Check, expected } from '../options.ts'

/** `true`, `false` or what `node:tls` takes. Keys and certificates are not looked at, nor shown. */
export const tlsOptions: Check<ConnectionOptions | undefined> = (value, where) => {
  if (typeof value === 'boolean') return value ? {} : undefined
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  return expected('true, false or an object of options for node:tls', value, where)
}
