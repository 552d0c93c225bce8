import { TaskError } from '../../util/errors.ts';

type ImportValues = Readonly<Record<string, WebAssembly.ImportValue>>;

/** What the host offers, by import module. */
export type Offered = Readonly<Record<string, ImportValues>>;

/**
 * The imports a module asks for, out of what is offered.
 *
 * @throws TaskError that names every import the host lacks.
 */
export function linkImports(
  name: string,
  wanted: readonly WebAssembly.ModuleImportDescriptor[],
  offered: Offered,
): WebAssembly.Imports {
  const linked: WebAssembly.Imports = {};
  const missing: string[] = [];
  for (const { module, name: field, kind } of wanted) {
    const value = kind === 'function' ? offered[module]?.[field] : undefined;
    if (value === undefined) {
      missing.push(`${module}.${field}${kind === 'function' ? '' : ` (a ${kind})`}`);
      continue;
    }
    const fields = linked[module] ?? {};
    fields[field] = value;
    linked[module] = fields;
  }
  if (missing.length === 0) return linked;
  const what = missing.length === 1 ? 'an import' : `${missing.length} imports`;
  throw new TaskError(`${name} needs ${what} that the embedded engine does not have: ${missing.join(', ')}`, {
    hints: [areas(missing), "Run it with Faasm's own binaries: --engine=faasm"].filter((hint) => hint !== ''),
  });
}

const AREAS: readonly [pattern: RegExp, area: string][] = [
  [/\.MPI_/, 'MPI'],
  [/\.(pthread_|__kmpc_|omp_)|\.memory \(a memory\)/, 'threads'],
  [/\.__faasm_s3_/, 'S3'],
  [/\.__faasm_chain_py/, 'Python functions'],
  [/\.(dlopen|dlsym|dlclose)/, 'dynamic linking'],
  [/\.(socket|bind|connect|listen|accept|gethostbyname)$/, 'sockets'],
];

function areas(missing: readonly string[]): string {
  const found = AREAS.filter(([pattern]) => missing.some((name) => pattern.test(name))).map(
    ([, area]) => area,
  );
  return found.length === 0 ? '' : `The embedded engine has no ${found.join(', no ')}.`;
}
