import { constants } from 'node:fs'
import { access, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CommandError } from './command-error.ts'

/** Finds out before the work whether its result can be written afterwards. @throws CommandError */
export async function requireWritable(path: string): Promise<void> {
  const existing = await stat(path).catch(() => undefined)
  if (existing?.isDirectory()) throw CommandError.failure(`cannot write ${path}: it is a directory`)
  try {
    await access(existing === undefined ? dirname(path) : path, constants.W_OK)
  } catch (cause) {
    throw CommandError.failure(`cannot write ${path}: ${reason(cause)}`)
  }
}

/** Writes a whole file. @throws CommandError */
export async function writeOutput(path: string, content: string): Promise<void> {
  try {
    await writeFile(path, content)
  } catch (cause) {
    throw CommandError.failure(`cannot write ${path}: ${reason(cause)}`)
  }
}

function reason(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ENOENT') return 'no such directory'
  return code === 'EACCES' || code === 'EPERM' ? 'permission denied' : String(code ?? cause)
}
