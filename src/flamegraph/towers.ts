import type { FrameKind } from '../stacks/call-tree.ts';
import { at } from '../util/indexed.ts';
import { type Boxes, boxTree } from './page-data.ts';

/** A chain that only the engine and the host stand on, below WebAssembly: boxes in order, each the only way on from the one before. */
export type Tower = readonly number[];

/** Shorter chains are drawn as they are. */
const shortest = 3;

/**
 * The towers of engine frames in a drawing: below the first WebAssembly frame, or between two. What the engine does besides (side
 * branches) belongs to none. Every frame of a tower leads to WebAssembly, in one way only.
 */
export function towersOf(boxes: Pick<Boxes, 'count' | 'depth'>, kindOf: (box: number) => FrameKind): Tower[] {
  const { parent } = boxTree(boxes);
  // How many callees of a box are WebAssembly or lead there, and which is the last of those.
  const ways = new Uint32Array(boxes.count);
  const way = new Uint32Array(boxes.count);
  for (let box = boxes.count - 1; box > 0; box -= 1) {
    if (kindOf(box) !== 'wasm' && at(ways, box) === 0) continue;
    const caller = at(parent, box);
    ways[caller] = at(ways, caller) + 1;
    way[caller] = box;
  }
  const isEngine = (box: number): boolean =>
    box !== 0 && at(ways, box) > 0 && !['wasm', 'root', 'blocked'].includes(kindOf(box));
  const next = (box: number): number | undefined => {
    const callee = at(way, box);
    return at(ways, box) === 1 && isEngine(callee) ? callee : undefined;
  };
  const towers: Tower[] = [];
  const seen = new Uint8Array(boxes.count);
  for (let box = 1; box < boxes.count; box += 1) {
    if (seen[box] === 1 || !isEngine(box)) continue;
    const tower: number[] = [];
    for (let one: number | undefined = box; one !== undefined; one = next(one)) {
      tower.push(one);
      seen[one] = 1;
    }
    if (tower.length >= shortest) towers.push(tower);
  }
  return towers;
}

/** Where boxes stand once towers are folded into their first box each. */
export interface FoldedRows {
  readonly rows: number;
  readonly row: Uint32Array;
  /** 1 for boxes that stand in a folded tower behind its first box. */
  readonly isWithin: Uint8Array;
}

/** Rows of all boxes while the given towers are folded. */
export function foldedRows(boxes: Pick<Boxes, 'count' | 'depth'>, towers: readonly Tower[]): FoldedRows {
  const isWithin = new Uint8Array(boxes.count);
  for (const tower of towers) for (const box of tower.slice(1)) isWithin[box] = 1;
  const { parent } = boxTree(boxes);
  const row = new Uint32Array(boxes.count);
  let rows = 1;
  for (let box = 1; box < boxes.count; box += 1) {
    const below = at(row, at(parent, box));
    row[box] = isWithin[box] === 1 ? below : below + 1;
    rows = Math.max(rows, at(row, box) + 1);
  }
  return { rows, row, isWithin };
}

/** `engine · 27 frames`. */
export function towerName(tower: Tower): string {
  return `engine · ${tower.length} frames`;
}
