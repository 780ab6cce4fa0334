/** How many random cases to run: `normal`, times what the environment asks for with `TERRACE_FUZZ`. */
export function runs(normal: number): { numRuns: number } {
  return { numRuns: normal * Math.max(1, Number(process.env.TERRACE_FUZZ ?? 1)) }
}
