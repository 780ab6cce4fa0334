import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { openFrame } from '../../src/entry/frame.ts'
import { isSame } from '../codecs/same.ts'
import { GOLDEN, KEY, readAs, STAMP, written } from './golden-frames.ts'

const folder = new URL('./golden/', import.meta.url)
const read = (name: string) => readFileSync(new URL(`${name}.bin`, folder))

describe('frames of earlier versions', () => {
  it('are all here', () => {
    const files = readdirSync(folder).map((file) => file.replace(/\.bin$/, ''))
    expect(files.sort()).toEqual(GOLDEN.map(({ name }) => name).sort())
  })

  it.each(GOLDEN)('can be read: $name', (golden) => {
    const { opened, value } = readAs(golden, read(golden.name))
    const { tags = [], version, echo, deadAt = STAMP.deadAt } = golden
    expect(opened).toMatchObject({ ...STAMP, deadAt, found: golden.value !== undefined })
    expect(opened.tags).toEqual(tags)
    expect(opened.version).toBe(version)
    expect(opened.keyEcho).toBe(echo === true ? KEY : undefined)
    expect(opened.storedUpkeep).toEqual(golden.upkeep)
    expect(isSame(value, golden.value?.())).toBe(true)
  })

  it.each(GOLDEN)('are written as they were: $name', (golden) => {
    // What is random, or made by a library that may come to write otherwise, is compared by what it holds.
    const frame = Buffer.from(written(golden))
    if (/^(absent|number|json)/.test(golden.name)) expect(frame.equals(read(golden.name))).toBe(true)
    else expect(isSame(readAs(golden, frame).value, golden.value?.())).toBe(true)
  })

  it('of a later version are no frames', () => {
    const frame = read('json-record')
    expect(openFrame(frame)).toBeDefined()
    frame[2] = 2
    expect(openFrame(frame)).toBeUndefined()
  })
})
