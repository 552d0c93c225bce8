import { packageRoot } from '../faasm/package-root.ts';

export interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** The innermost place in somebody's own file that an error's stack names. */
export function firstPlace(error: unknown): Place | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  for (const [, file = '', line] of stack.matchAll(/(?:\(|at |file:\/\/)(\/[^():\n]+):(\d+):\d+/g)) {
    if (!file.includes('/node_modules/') && !file.startsWith(packageRoot()))
      return { file, line: Number(line) };
  }
  return undefined;
}
