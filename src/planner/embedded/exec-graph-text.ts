/** What the graph needs of a result: its text, and the calls it recorded. */
export interface GraphResult {
  readonly text: string;
  readonly chainedIds: readonly number[];
}

/**
 * The reply to GET_EXEC_GRAPH, whitespace as a planner writes it; undefined when the call or any call below it has no
 * result. Children come in ascending id.
 */
export function execGraphText(
  id: number,
  resultOf: (id: number) => GraphResult | undefined,
): string | undefined {
  const node = (id: number): string | undefined => {
    const result = resultOf(id);
    if (result === undefined) return undefined;
    const children: string[] = [];
    for (const child of [...result.chainedIds].sort((a, b) => a - b)) {
      const text = node(child);
      if (text === undefined) return undefined;
      children.push(text);
    }
    const chained = children.length === 0 ? '' : `, \n"chained": [\n${children.join(', \n')}\n]`;
    return `{ "msg": ${result.text}${chained}}`;
  };
  const root = node(id);
  return root === undefined ? undefined : `{ \n"root": ${root}\n }`;
}
