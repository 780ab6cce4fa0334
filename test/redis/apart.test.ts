import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Apart } from '../../src/stores/redis/apart.ts'

/** Notes when each read goes out. */
class Client {
  readonly sent: string[] = []

  readonly read = (name: string) => async () => {
    this.sent.push(name)
    if (name === 'bad') throw new Error('no such server')
    return name
  }
}

describe('large reads of one turn', () => {
  it('go out one at once, and the others together in the next turn', async () => {
    const { sent, read } = new Client()
    const reads = new Apart()
    const answers = ['a', 'b', 'c'].map((name) => reads.send(50, read(name)))
    expect(sent).toEqual(['a'])
    await turn()
    expect(sent).toEqual(['a', 'b', 'c'])
    expect(await Promise.all(answers)).toEqual(['a', 'b', 'c'])
  })

  it('are kept apart from those that wait already, and wait no more once each has a turn', async () => {
    const { sent, read } = new Client()
    const reads = new Apart()
    const answers = [reads.send(50, read('a')), reads.send(50, read('b'))]
    await turn()
    answers.push(reads.send(50, read('c')))
    expect(sent).toEqual(['a', 'b'])
    await turn()
    expect(sent).toEqual(['a', 'b', 'c'])
    await turn()
    answers.push(reads.send(50, read('d')))
    expect(sent).toEqual(['a', 'b', 'c', 'd'])
    await Promise.all(answers)
  })

  it('do not hold up small ones', async () => {
    const { sent, read } = new Client()
    const reads = new Apart()
    const answers = [reads.send(50, read('a')), reads.send(50, read('b')), reads.send(1, read('small'))]
    expect(sent).toEqual(['a', 'small'])
    await Promise.all(answers)
  })

  it('fail each for itself', async () => {
    const { read } = new Client()
    const reads = new Apart()
    const answers = ['a', 'bad', 'b'].map((name) => reads.send(50, read(name)))
    const thrown = () => {
      throw new Error('no such command')
    }
    answers.push(reads.send(50, thrown), reads.send(50, read('c')))
    const settled = await Promise.allSettled(answers)
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'])
  })
})
