import { describe, expect, it } from 'vitest'
import { PAGES, pageOf } from './markdown.ts'
import { typeCheck } from './type-check.ts'

const WRONG = `# A page with mistakes

\`\`\`ts
import { createCache, memory } from 'terrace'

const cache = createCache<number>({ levels: [memory({ maxEntires: 10 })] })
\`\`\`

Its second block goes on where the first ended.

\`\`\`ts
import { redis as remote } from 'terrace/redis'

await cache.set('answer', 'forty-two')
// @ts-expect-error: no level is made of a number
remote(42)
const { answer } = createCache({ levels: [remote('redis://localhost')] })
\`\`\`
`

const wrong = pageOf('wrong.md', WRONG)
// Results, and what has been decided, are no documentation of what is.
const checked = PAGES.filter(({ path }) => /^(docs\/.*|README|ARCHITECTURE|CONTRIBUTING)/.test(path))
const mistakes = typeCheck([wrong, ...checked])

describe('code in the documentation compiles', () => {
  it.each(checked.map((page) => [page.path, page] as const))('%s', (_, page) => {
    expect(mistakes.get(page)).toEqual([])
  })

  it('and what does not is found on its line', () => {
    expect(mistakes.get(wrong)!.map((text) => text.replace(/\.$/, ''))).toEqual([
      expect.stringMatching(/^line 6: TS2561: .* 'maxEntires' does not exist/),
      expect.stringMatching(/^line 14: TS2345: .* 'string' is not assignable to parameter of type 'number'/),
      expect.stringMatching(/^line 17: TS2339: Property 'answer' does not exist/),
    ])
  })
})
