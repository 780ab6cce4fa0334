import type { MultiLevelCache } from '../../../src/index.ts'
import type { RealStore } from '../stores.ts'

/** What is written into the store by hand, from the bytes of the entry that lies there. */
export const RUBBISH: Readonly<Record<string, (frame: Buffer) => Buffer>> = {
  garbage: () => Buffer.from([0xff, 0x00, 0x80, 0x13, 0x37]),
  nothing: () => Buffer.alloc(0),
  'JSON of another shape': () => Buffer.from('{"value":{"v":"forged"},"expires":null}'),
  'a number as text': () => Buffer.from('42'),
  null: () => Buffer.from('null'),
  'half of the frame': (frame) => frame.subarray(0, frame.length >> 1),
  'the frame without its last byte': (frame) => frame.subarray(0, -1),
  'a frame of a later version': (frame) => patched(frame, 2, 200),
  'a frame with another codec': (frame) => patched(frame, 4, 199),
  'a frame that says its payload begins far away': (frame) => patched(frame, 51, 0x7f),
  'a frame that says it has very many tags': (frame) => patched(frame, 6, 0xff, 0xff),
}

/** What readers got after rubbish was written over an entry: `get`, `getOrFetch`, and `get` of a third cache afterwards. */
export interface AfterRubbish {
  readonly read: unknown
  readonly fetched: unknown
  readonly later: unknown
}

/** @param cache makes another cache over the store each time */
export async function afterRubbish(
  store: RealStore,
  cache: () => MultiLevelCache,
  name: string,
): Promise<AfterRubbish> {
  const key = `rubbish:${Object.keys(RUBBISH).indexOf(name)}`
  const [writer, reader, later] = [cache(), cache(), cache()]
  const { ok } = await writer.set(key, { v: 'before', more: 'x'.repeat(100) })
  if (!ok) throw new Error('the store did not take the entry')
  await store.overwrite(key, RUBBISH[name]!(await store.bytes(key)))
  return {
    read: await reader.get(key),
    fetched: (await reader.getOrFetch(key, () => 'fetched')).data,
    later: await later.get(key),
  }
}

function patched(frame: Buffer, at: number, ...bytes: number[]): Buffer {
  const copy = Buffer.from(frame)
  copy.set(bytes, at)
  return copy
}
