import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createCache, sendToken, TOKEN_HEADER, tokenIn } from '../../src/index.ts'

const cache = { token: () => 'the-token' }

describe('the header of tokens', () => {
  it('is put on whatever takes headers, and found there', () => {
    const headers = new Headers()
    sendToken(headers, cache)
    expect(tokenIn(headers)).toBe('the-token')
    const response = new Response()
    sendToken(response, cache)
    expect(tokenIn(response)).toBe('the-token')
    expect(tokenIn(response.headers)).toBe('the-token')
    expect(tokenIn(new Request('http://x/', { headers: { [TOKEN_HEADER]: 'theirs' } }))).toBe('theirs')
    expect(tokenIn({ headers: { [TOKEN_HEADER]: 'theirs' } })).toBe('theirs')
    expect(tokenIn({ [TOKEN_HEADER]: 'theirs' })).toBe('theirs')
  })

  it('travels through a server of Node', async () => {
    const seen: (string | undefined)[] = []
    const server = createServer((request: IncomingMessage, response) => {
      seen.push(tokenIn(request))
      sendToken(response, cache)
      response.end()
    })
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const first = await fetch(url)
    await fetch(url, { headers: { [TOKEN_HEADER]: tokenIn(first)! } })
    expect(seen).toEqual([undefined, 'the-token'])
    server.closeAllConnections()
    server.close()
  })

  it('that is missing, empty, doubled or endless is no token', () => {
    const object = Object.create({ [TOKEN_HEADER]: 'inherited' }) as Record<string, string>
    for (const value of [undefined, '', 'x'.repeat(2049), ['a', 'b'], 7])
      expect(tokenIn({ [TOKEN_HEADER]: value })).toBeUndefined()
    expect(tokenIn(object)).toBeUndefined()
    expect(tokenIn(new Headers())).toBeUndefined()
    expect(tokenIn({ headers: undefined })).toBeUndefined()
  })

  it('is asked of nothing else', () => {
    for (const wrong of [undefined, null, 'x', 5] as never[]) {
      expect(() => tokenIn(wrong)).toThrow(/expected headers/)
      expect(() => sendToken(wrong, cache)).toThrow(/expected headers/)
    }
    expect(() => sendToken({} as never, cache)).toThrow(/expected headers/)
  })

  it('of a cache that is closed is an error', async () => {
    const closed = createCache()
    await closed.close()
    expect(() => sendToken(new Headers(), closed)).toThrow(/closed/)
    expect(() => closed.following(undefined, () => 1)).toThrow(/closed/)
  })
})
