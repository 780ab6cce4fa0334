import type { Launched } from '../../servers/launch.ts'
import type { Part, PartKind } from './part.ts'

/** A part that one command starts. It is running when this resolves. */
export async function launchedPart(
  kind: PartKind,
  name: string,
  port: number,
  begin: () => Promise<Launched>,
): Promise<Part> {
  let running = await begin()
  return {
    kind,
    name,
    port,
    kill: () => running.kill(),
    stop: () => running.stop(),
    cont: () => running.cont(),
    restart: async () => {
      await running.kill()
      running = await begin()
    },
  }
}
