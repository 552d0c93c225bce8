import type { CallTree } from './call-tree.ts';
import { childLists } from './child-lists.ts';

const chunkBytes = 1 << 16;
const semicolon = 0x3b;
const space = 0x20;
const newline = 0x0a;

/**
 * A line `stack COUNT` for every stack with samples, sorted bytewise by the whole stack, in pieces of whole lines.
 * `names[frame]` holds bytes (latin1) and no `;`. Stacks are never made as strings: a million of them may share most
 * of their bytes, and the piece in hand is all that is kept.
 */
export function* foldedBytes(
  tree: CallTree,
  names: readonly string[],
  counts: Float64Array,
): Generator<Uint8Array> {
  const { first, next } = childLists(tree);
  const bytesOf = names.map((name) => Buffer.from(name, 'latin1'));
  const callerKeys = names.map((name) => `${name};`);
  const path = new ByteBuilder();
  let lines = new ByteBuilder();
  // What is still to do, next one last. A node comes twice: as its own line (`key` is its name), and for the lines of
  // its callees (`name;`), because some characters sort before `;`. `length`: bytes of the path above it.
  const todo: { readonly node: number; readonly key: string; readonly length: number }[] = [];
  const plan = (from: number) => {
    let parent = from;
    // Most nodes have one callee and no samples of their own: nothing to sort.
    for (;;) {
      const child = first[parent] ?? 0;
      if (child === 0 || next[child] !== 0 || tree.selfSamples[child] !== 0) break;
      path.append(bytesOf[tree.frame[child] ?? 0]);
      path.appendByte(semicolon);
      parent = child;
    }
    const start = todo.length;
    const length = path.length;
    for (let child = first[parent] ?? 0; child !== 0; child = next[child] ?? 0) {
      const frame = tree.frame[child] ?? 0;
      if (tree.selfSamples[child] !== 0) todo.push({ node: child, key: names[frame] ?? '', length });
      if (first[child] !== 0) todo.push({ node: child, key: callerKeys[frame] ?? '', length });
    }
    if (todo.length - start < 2) return;
    const sorted = todo.splice(start).sort((a, b) => (a.key < b.key ? 1 : a.key > b.key ? -1 : 0));
    for (const entry of sorted) todo.push(entry);
  };
  plan(0);
  for (let item = todo.pop(); item !== undefined; item = todo.pop()) {
    const { node, key, length } = item;
    const frame = tree.frame[node] ?? 0;
    path.length = length;
    path.append(bytesOf[frame]);
    if (key.endsWith(';')) {
      path.appendByte(semicolon);
      plan(node);
      continue;
    }
    lines.append(path.bytes());
    lines.appendByte(space);
    lines.append(Buffer.from(String(counts[node] ?? 0), 'latin1'));
    lines.appendByte(newline);
    if (lines.length < chunkBytes) continue;
    yield lines.bytes();
    lines = new ByteBuilder(lines.length);
  }
  if (lines.length > 0) yield lines.bytes();
}

class ByteBuilder {
  length = 0;
  #buffer: Buffer;

  constructor(size = 1 << 12) {
    this.#buffer = Buffer.allocUnsafe(size);
  }

  append(bytes: Uint8Array | undefined): void {
    if (bytes === undefined) return;
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  appendByte(byte: number): void {
    this.#reserve(1);
    this.#buffer[this.length] = byte;
    this.length += 1;
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.length);
  }

  #reserve(extra: number): void {
    if (this.length + extra <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe((this.length + extra) * 2);
    this.#buffer.copy(grown, 0, 0, this.length);
    this.#buffer = grown;
  }
}
