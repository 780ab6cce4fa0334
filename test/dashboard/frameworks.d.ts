// What the tests use of frameworks that come without types.

declare module 'express' {
  import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

  interface Response extends ServerResponse {
    send(text: string): void
  }
  type Handler = (request: IncomingMessage, response: Response, next: () => void) => void
  export interface App extends RequestListener {
    use(...handlers: readonly (string | Handler)[]): void
  }
  const express: {
    (): App
    json(): Handler
    urlencoded(): Handler
    text(): Handler
  }
  export default express
}

declare module 'compression' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  export default function compression(options: {
    readonly threshold: number
  }): (request: IncomingMessage, response: ServerResponse, next: () => void) => void
}

declare module 'koa' {
  import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

  interface Context {
    readonly path: string
    readonly req: IncomingMessage
    readonly res: ServerResponse
    respond: boolean
    body: unknown
  }
  export default class Koa {
    use(middleware: (context: Context, next: () => Promise<void>) => Promise<void> | undefined | void): void
    callback(): RequestListener
  }
}
