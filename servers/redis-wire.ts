import { connect } from 'node:net'

/**
 * One command to a Redis server over a connection of its own, and its answer as text: enough for tests
 * to look after their servers without a client.
 *
 * @throws Error the server's own error, or that of the connection
 */
export function redisCommand(port: number, ...args: (string | number)[]): Promise<string> {
  return redisCommandAt('127.0.0.1', port, ...args)
}

/** {@link redisCommand} to another machine. */
export function redisCommandAt(host: string, port: number, ...args: (string | number)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host)
    let answer = ''
    socket.setTimeout(5000, () => socket.destroy(new Error(`${args[0]} to port ${port} was not answered`)))
    socket.on('error', reject)
    socket.on('close', () => reject(new Error(`${args[0]} to port ${port}: closed without an answer`)))
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1')
      const text = parsed(answer)
      if (text === undefined) return
      if (answer.startsWith('-')) reject(new Error(text))
      else resolve(text)
      socket.destroy()
    })
    const bulks = args.map((arg) => `$${Buffer.byteLength(String(arg))}\r\n${arg}\r\n`)
    socket.write(`*${args.length}\r\n${bulks.join('')}`)
  })
}

/** What is in an answer of one line or one bulk string; `undefined` while it is not whole. */
function parsed(answer: string): string | undefined {
  const end = answer.indexOf('\r\n')
  if (end < 0) return undefined
  const head = answer.slice(1, end)
  if (!answer.startsWith('$') || head === '-1') return head
  const length = Number(head)
  return answer.length >= end + 2 + length ? answer.slice(end + 2, end + 2 + length) : undefined
}
