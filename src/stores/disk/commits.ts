import { type Channel, channel } from 'node:diagnostics_channel'

/**
 * Tells all connections of this thread that one of them has changed a database: what a caller has been told is
 * written in one file of a cache, he may read through another one before the event loop goes on.
 */
export const COMMITS: Channel = channel('terrace:disk:commit')
