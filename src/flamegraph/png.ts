import { pictureToPng } from '../picture/png.ts';
import type { CallTree } from '../stacks/call-tree.ts';
import { differentialGraph, type NamedProfile } from './differential.ts';
import type { DiffOptions, RenderOptions } from './formats.ts';
import { renderFlameGraph } from './svg.ts';

/** The flame graph as a still picture, twice as many pixels wide as the SVG. */
export async function renderPng(tree: CallTree, options: RenderOptions): Promise<Uint8Array> {
  return await pictureToPng([...renderFlameGraph(tree, { ...options, isStill: true })].join(''));
}

/** The differential flame graph of two profiles as a still picture. */
export async function differentialPng(
  before: NamedProfile,
  after: NamedProfile,
  options: DiffOptions,
): Promise<Uint8Array> {
  const picture = differentialGraph(before, after, { ...options, isStill: true });
  return await pictureToPng([...picture].join(''));
}
