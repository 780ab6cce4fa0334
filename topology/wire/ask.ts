import { type Agent, type IncomingHttpHeaders, request } from 'node:http'

export interface Told {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/**
 * One request. Rejects if there is no whole answer within `patience` milliseconds.
 *
 * @param base the origin: `http://127.0.0.1:8600`
 */
export function ask(
  agent: Agent,
  base: string,
  method: 'GET' | 'POST',
  path: string,
  patience = 60_000,
): Promise<Told> {
  return new Promise((resolve, reject) => {
    const asked = request(`${base}${path}`, {
      agent,
      method,
      headers: method === 'POST' ? { 'content-length': 0 } : {},
    })
    const timer = setTimeout(() => asked.destroy(new Error(`no answer within ${patience} ms`)), patience)
    asked.once('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    asked.once('response', (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => {
        text += chunk
      })
      response.once('error', reject)
      response.once('close', () => {
        clearTimeout(timer)
        if (response.complete) resolve({ status: response.statusCode!, headers: response.headers, text })
        else reject(new Error('the answer was cut short'))
      })
    })
    asked.end()
  })
}
