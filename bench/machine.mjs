import { cpus, totalmem, type } from 'node:os'

export function describeMachine() {
  const processors = cpus()
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    v8: process.versions.v8,
    system: `${type()} ${process.arch}`,
    processor: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
  }
}

export const showMachine = (machine) =>
  `${machine.date}, Node ${machine.node} (V8 ${machine.v8}), ${machine.cores} × ${machine.processor}, ` +
  `${machine.memory}, ${machine.system}`
