// What the pages speak of without having made it: the reader's own. Nothing of Terrace is typed anew here, and nothing
// is `any`. No module: so the modules below need not be there.

declare const cache: import('terrace').MultiLevelCache
/** Several of them, with names of their own. */
declare const catalog: import('terrace').MultiLevelCache
declare const sessions: import('terrace').MultiLevelCache
/** One that is old, and one that is to have what that has. */
declare const old: import('terrace').MultiLevelCache
declare const fresh: import('terrace').MultiLevelCache

declare const levels: readonly import('terrace').LevelFactory[]
declare const url: string
declare const nodes: string[]
declare const keys: readonly string[]
declare const myStore: import('terrace').AsyncStore
declare const myPolicy: import('terrace').PolicyFactory
declare const adapter: import('terrace/keyv').KeyvStorage
declare const recordedKeys: readonly string[]

interface User {
  readonly id: number
  readonly name: string
  readonly team: string
  readonly revision: number
}
declare const user: User

/** A database: `users` by number, and by the keys of the cache. */
declare const db: {
  readonly users: {
    find(id: number, options?: { readonly signal?: AbortSignal }): Promise<User | undefined>
    load(id: number): Promise<User>
  }
  find(key: string, options?: { readonly signal?: AbortSignal }): Promise<User | undefined>
  findMany(keys: readonly string[]): Promise<(User | undefined)[]>
  save(entries: readonly (readonly [key: string, value: User])[]): Promise<number[]>
  remove(keys: readonly string[]): Promise<void>
}

/** Of a server: a request, and what it is answered with. */
declare const request: Request
declare const response: import('node:http').ServerResponse
declare const server: { close(): Promise<void> }
declare function handle(request: import('node:http').IncomingMessage): Promise<void>
declare function render(event: Event): Promise<string>
declare function isAdmin(request: Request): boolean
declare const authorize: import('terrace/dashboard').Authorize
declare const log: import('pino').Logger

/** Keys of 32 bytes: the one in use, and the next. */
declare const key: Uint8Array
declare const next: Uint8Array

declare module '@vercel/functions' {
  export function waitUntil(work: Promise<unknown>): void
}

declare module '@cloudflare/workers-types' {
  export interface ExecutionContext {
    waitUntil(work: Promise<unknown>): void
  }
}

declare module '@keyv/redis' {
  const KeyvRedis: new (url: string) => import('terrace/keyv').KeyvStorage
  export default KeyvRedis
}

declare module 'express' {
  type Handler = (
    request: import('node:http').IncomingMessage,
    response: import('node:http').ServerResponse,
    next: (error?: unknown) => void,
  ) => unknown
  function express(): { use(path: string, handler: Handler): void }
  export default express
}

declare module 'memjs' {
  /** As `@types/memjs` has it. */
  class Client {
    static create(servers?: string, options?: object): Client
    get(key: string): Promise<{ readonly value: Buffer | null; readonly flags: Buffer | null }>
    set(key: string, value: string | Buffer, options: { readonly expires?: number }): Promise<boolean>
    delete(key: string): Promise<boolean>
  }
  const memjs: { readonly Client: typeof Client }
  export default memjs
}

declare module 'koa' {
  interface Context {
    readonly path: string
    respond?: boolean
    readonly req: import('node:http').IncomingMessage
    readonly res: import('node:http').ServerResponse
  }
  class Koa {
    use(middleware: (context: Context, next: () => Promise<void>) => unknown): this
  }
  export default Koa
}
