import { hostname } from 'node:os'

/** What a process is called where nobody has given it a name: its host and its id. */
export function thisProcess(): string {
  return `${hostname()}:${process.pid}`
}
