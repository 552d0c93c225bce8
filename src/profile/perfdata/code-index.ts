import type { RecordedKernel } from '../symbols/kernel-symbols.ts';
import { MappedCode, type SymbolFinder } from './mapped-code.ts';

const protExec = 4;
const mapHugetlb = 0x40000;

/** A mapping as a record tells of it. */
export interface Mapping {
  readonly pid: number;
  readonly start: number;
  readonly length: number;
  readonly pageOffset: number;
  readonly protection: number;
  readonly flags: number;
  readonly buildId: string | undefined;
  /** latin1 */
  readonly name: string;
}

/** All code that a recording maps: one entry a binary, however many processes have it. */
export class CodeIndex {
  readonly all: MappedCode[] = [];
  readonly nowhere = new MappedCode('[unknown]', () => ({ found: false, reason: 'missing', detail: '' }));
  readonly #finder: SymbolFinder;
  readonly #files = new Map<string, MappedCode>();
  readonly #buildIds: ReadonlyMap<string, string>;

  constructor(finder: SymbolFinder, buildIds: ReadonlyMap<string, string>) {
    this.#finder = finder;
    this.#buildIds = buildIds;
  }

  /** The code behind a mapping, and what is added to `ip - start` to look a symbol up (map__new in tools/perf/util/map.c). */
  ofMapping(mapping: Mapping): { readonly code: MappedCode; readonly offset: number } {
    const { name, start, pid } = mapping;
    const isAnonymous = isAnonymousMemory(name) || (mapping.flags & mapHugetlb) !== 0 || isNoFile(name);
    if (isAnonymous) {
      const isCode = (mapping.protection & protExec) !== 0;
      return { code: isCode ? this.#perfMap(pid) : this.#data(name), offset: start };
    }
    if (isVdso(name)) return { code: this.#file('[vdso]', mapping.buildId), offset: 0 };
    return { code: this.#file(name, mapping.buildId), offset: mapping.pageOffset };
  }

  kernel(name: string, recording: () => RecordedKernel): MappedCode {
    return this.#known(name, () => {
      const module = name === kernelName ? undefined : name;
      return this.#finder.kernel(module, recording());
    });
  }

  #file(name: string, buildId: string | undefined): MappedCode {
    const id = buildId ?? this.#buildIds.get(name);
    return this.#known(name, () => this.#finder.user(name, id), id);
  }

  #perfMap(pid: number): MappedCode {
    return this.#known(`/tmp/perf-${pid}.map`, () => this.#finder.perfMap(pid));
  }

  #data(name: string): MappedCode {
    return this.#known(name, () => ({ found: false, reason: 'not ELF', detail: `${name} is not a file` }));
  }

  #known(name: string, load: MappedCode['load'], key = ''): MappedCode {
    const id = `${name}\0${key}`;
    let code = this.#files.get(id);
    if (code === undefined) {
      code = new MappedCode(name, load);
      this.#files.set(id, code);
      this.all.push(code);
    }
    return code;
  }
}

export const kernelName = '[kernel.kallsyms]';

function isAnonymousMemory(name: string): boolean {
  return ['//anon', '/dev/zero', '/anon_hugepage'].some((prefix) => name.startsWith(prefix));
}

function isNoFile(name: string): boolean {
  return (
    name.startsWith('[stack') || name.startsWith('/SYSV') || name === '[heap]' || name.startsWith('[anon:')
  );
}

function isVdso(name: string): boolean {
  return name === '[vdso]' || name === '[vdso32]' || name === '[vdsox32]';
}

/** The file name of a module as perf calls it: `/lib/…/virtio-net.ko.xz` is `[virtio_net]`. */
export function moduleName(name: string): string {
  if (name.startsWith('[')) return name;
  const file = name.slice(name.lastIndexOf('/') + 1).replace(/\.ko(\.\w+)?$/, '');
  return `[${file.replaceAll('-', '_')}]`;
}
