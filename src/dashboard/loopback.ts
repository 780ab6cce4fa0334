import type { Authorize } from './options.ts'

const ADDRESS = /^(?:127(?:\.\d{1,3}){3}|::1|::ffff:127(?:\.\d{1,3}){3})$/
const HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i
/** What a proxy adds: then the one who asks is somewhere else. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via']

/**
 * An `authorize` for the desk: lets in whoever comes from this machine, without a proxy, and by a name of
 * this machine (or else a page of any site could come in by a name that it has pointed here). Through the
 * Node adapter only. Everybody on the machine is let in: nothing for one that is shared.
 */
export const fromThisMachine: Authorize = ({ headers }, { address }) =>
  address !== undefined &&
  ADDRESS.test(address) &&
  HOST.test(headers.get('host') ?? '') &&
  !FORWARDED.some((name) => headers.has(name))
