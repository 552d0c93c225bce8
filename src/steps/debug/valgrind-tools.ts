// Nothing heavy may be imported here: the list of tasks shows these.

/** Valgrind's tools that debug.valgrind reads the results of. */
export const valgrindTools = ['memcheck', 'callgrind', 'massif', 'helgrind', 'cachegrind'] as const;

export type ValgrindTool = (typeof valgrindTools)[number];

/** A tool that finds errors; the others count. */
export function isChecker(tool: ValgrindTool): boolean {
  return tool === 'memcheck' || tool === 'helgrind';
}
