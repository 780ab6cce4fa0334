import { groups } from '../speed/groups.mjs'

export async function measure({ module, group, size }) {
  const { create } = await import(module)
  return groups[group].run(create, size)
}
