// Measures one thing of one peer in a process of its own: reads the job from its arguments, prints
// the result as JSON on the last line.
const { part, ...job } = JSON.parse(process.argv[2])
const { measure } = await import(`./parts/${part}.mjs`)
const result = await measure(job)
process.stdout.write(`\n${JSON.stringify(result)}\n`)
// Some peers leave timers running.
process.exit(0)
