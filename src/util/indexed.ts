/** The element at an index that must be there. @throws RangeError for a bug, instead of a zero in silence */
export function at<T>(items: { readonly length: number; readonly [index: number]: T }, index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`index ${index} of ${items.length}`);
  return item;
}
