import type { FrameKind } from './call-tree.ts';

const jitDso =
  /^\/tmp\/perf-\d+\.map$|(^|\/)jitted-\d+-\d+\.so$|^\/\/anon|^\[anon|^\/anon_hugepage|^\/dev\/zero|^\/?memfd:|^\[JIT\]/;
const library = /^ld-|\.so(\.[^/]*)?$|\.so\b.* \(deleted\)$/;
const kernelModule = /\.ko(\.\w+)?$|(^|\/)vmlinux[^/]*$|^bpf_prog_/;

/** Whether a mapping holds code that was made at run time: a perf map, an injected jitdump, anonymous memory. */
export function isJitDso(dso: string): boolean {
  return jitDso.test(dso);
}

/** The kind of the code in a mapping (`dso` as perf prints it, or V8's url), where nobody knows more about the frame. */
export function frameKindOf(dso: string): FrameKind {
  if (dso === '' || dso === '[unknown]' || dso === '[stack]' || dso === '[heap]') return 'unknown';
  if (dso.startsWith('wasm://')) return 'wasm';
  if (isJitDso(dso)) return 'engine';
  if (dso === '[vdso]' || dso === '[vsyscall]') return 'native';
  if (dso.startsWith('[') || kernelModule.test(dso)) return 'kernel';
  return library.test(dso.slice(dso.lastIndexOf('/') + 1)) ? 'native' : 'engine';
}
