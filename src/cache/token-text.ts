import { shown, TerraceError } from '../errors.ts'

/** @throws TerraceError `ERR_ARGUMENT_INVALID` if this is no string; any string will do */
export function checkToken(value: unknown, where: string): string {
  if (typeof value === 'string') return value
  throw new TerraceError('ERR_ARGUMENT_INVALID', `${where}: expected a token (string), got ${shown(value)}`)
}
