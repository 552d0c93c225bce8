import { mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../util/atomic-write.ts';

// CMake's File API, version 1 (cmake-file-api(7)), CMake 3.14 and newer. A client leaves a query in the build directory;
// every configure that succeeds then writes the reply:
//
//   .cmake/api/v1/query/client-faasm-tasks/query.json     {"requests":[{"kind":"codemodel","version":2}, …]}
//   .cmake/api/v1/reply/index-<time>-<n>.json             reply["client-faasm-tasks"]["query.json"].responses[].jsonFile
//   .cmake/api/v1/reply/codemodel-v2-<hash>.json          configurations[].targets[] {name, id, jsonFile}
//   .cmake/api/v1/reply/target-<name>-<hash>.json         sources, compileGroups (defines, fragments, includes), artifacts
//   .cmake/api/v1/reply/cmakeFiles-v1-<hash>.json         every file that configuring read
//
// Traps: several indexes can lie side by side, the one with the greatest name counts; a failed configure leaves the
// reply of the last good one; a response can be {"error": …}; paths are relative to paths.source or paths.build unless
// absolute; the generator's own targets (all, clean, install, test) are not in the code model.

const CLIENT = 'client-faasm-tasks';
const API = join('.cmake', 'api', 'v1');

const index = z.object({
  reply: z.record(z.string(), z.unknown()),
});
const clientReply = z.object({
  'query.json': z.object({
    responses: z.array(z.object({ kind: z.string().optional(), jsonFile: z.string().optional() })),
  }),
});
const codemodel = z.object({
  paths: z.object({ source: z.string(), build: z.string() }),
  configurations: z
    .array(
      z.object({ targets: z.array(z.object({ name: z.string(), id: z.string(), jsonFile: z.string() })) }),
    )
    .min(1),
});
const target = z.object({
  name: z.string(),
  id: z.string(),
  type: z.string(),
  artifacts: z.array(z.object({ path: z.string() })).optional(),
  dependencies: z.array(z.object({ id: z.string() })).optional(),
  link: z
    .object({ commandFragments: z.array(z.object({ fragment: z.string(), role: z.string() })).optional() })
    .optional(),
  sources: z.array(z.object({ path: z.string(), compileGroupIndex: z.number().optional() })),
  compileGroups: z
    .array(
      z.object({
        language: z.string(),
        defines: z.array(z.object({ define: z.string() })).optional(),
        compileCommandFragments: z.array(z.object({ fragment: z.string() })).optional(),
        includes: z.array(z.object({ path: z.string() })).optional(),
      }),
    )
    .optional(),
});
const cmakeFiles = z.object({ inputs: z.array(z.object({ path: z.string() })) });

/** A source file and how it is compiled. */
export interface CompiledSource {
  readonly path: string;
  readonly defines: readonly string[];
  readonly flags: readonly string[];
  readonly includes: readonly string[];
}

/** A target of the project. All paths are absolute. */
export interface BuildTarget {
  readonly name: string;
  readonly id: string;
  /** EXECUTABLE, STATIC_LIBRARY, UTILITY … */
  readonly type: string;
  readonly artifacts: readonly string[];
  readonly dependencies: readonly string[];
  /** What the link line names: libraries as paths where they are files. */
  readonly libraries: readonly string[];
  readonly sources: readonly CompiledSource[];
}

/** What a configured build directory knows about itself. */
export interface CodeModel {
  readonly sourceDir: string;
  readonly buildDir: string;
  readonly targets: readonly BuildTarget[];
  /** Every file that configuring read, CMake's own modules included. */
  readonly inputs: readonly string[];
}

/** Asks CMake to describe the build at its next configure. */
export async function writeFileApiQuery(buildDir: string): Promise<void> {
  const path = join(buildDir, API, 'query', CLIENT, 'query.json');
  const requests = [
    { kind: 'codemodel', version: 2 },
    { kind: 'cmakeFiles', version: 1 },
  ];
  await mkdir(dirname(path), { recursive: true });
  await writeFileAtomic(path, `${JSON.stringify({ requests })}\n`);
}

/** The names of the project's targets; undefined where no configure has answered our query. */
export async function readTargetNames(buildDir: string): Promise<readonly string[] | undefined> {
  const replies = await openReplies(buildDir);
  if (replies === undefined) return undefined;
  const model = codemodel.safeParse(await replies.read('codemodel'));
  return model.success ? model.data.configurations[0]?.targets.map(({ name }) => name) : undefined;
}

/** The whole description; undefined where no configure has answered our query, or the reply is not complete. */
export async function readCodeModel(buildDir: string): Promise<CodeModel | undefined> {
  const replies = await openReplies(buildDir);
  if (replies === undefined) return undefined;
  const model = codemodel.safeParse(await replies.read('codemodel'));
  const files = cmakeFiles.safeParse(await replies.read('cmakeFiles'));
  if (!model.success || !files.success) return undefined;
  const { paths, configurations } = model.data;
  const targets: BuildTarget[] = [];
  for (const { jsonFile } of configurations[0]?.targets ?? []) {
    const parsed = target.safeParse(await replies.readFile(jsonFile));
    if (!parsed.success) return undefined;
    targets.push(buildTarget(parsed.data, paths));
  }
  return {
    sourceDir: paths.source,
    buildDir: paths.build,
    targets,
    inputs: files.data.inputs.map(({ path }) => resolve(paths.source, path)),
  };
}

function buildTarget(data: z.infer<typeof target>, paths: { source: string; build: string }): BuildTarget {
  const groups = (data.compileGroups ?? []).map((group) => ({
    defines: (group.defines ?? []).map(({ define }) => define),
    flags: (group.compileCommandFragments ?? []).flatMap(({ fragment }) => tokens(fragment)),
    includes: (group.includes ?? []).map(({ path }) => path),
  }));
  const fragments = (data.link?.commandFragments ?? []).filter(({ role }) => role === 'libraries');
  return {
    name: data.name,
    id: data.id,
    type: data.type,
    artifacts: (data.artifacts ?? []).map(({ path }) => resolve(paths.build, path)),
    dependencies: (data.dependencies ?? []).map(({ id }) => id),
    libraries: fragments
      .flatMap(({ fragment }) => tokens(fragment))
      .map((token) => (/^[^-].*\.(a|so)(\.\d+)*$/.test(token) ? resolve(paths.build, token) : token)),
    sources: data.sources.map(({ path, compileGroupIndex }) => {
      const group = compileGroupIndex === undefined ? undefined : groups[compileGroupIndex];
      return {
        path: resolve(paths.source, path),
        defines: group?.defines ?? [],
        flags: group?.flags ?? [],
        includes: group?.includes ?? [],
      };
    }),
  };
}

function tokens(fragment: string): string[] {
  return (fragment.match(/(?:[^\s"]|"[^"]*")+/g) ?? []).map((token) => token.replaceAll('"', ''));
}

interface Replies {
  /** The newest answer of one kind. */
  read(kind: string): Promise<unknown>;
  readFile(name: string): Promise<unknown>;
}

async function openReplies(buildDir: string): Promise<Replies | undefined> {
  const folder = join(buildDir, API, 'reply');
  const names = await readdir(folder).catch(() => []);
  const newest = names
    .filter((name) => /^index-.*\.json$/.test(name))
    .sort()
    .at(-1);
  if (newest === undefined) return undefined;
  const read = async (name: string): Promise<unknown> => await readJson(join(folder, name));
  const parsed = index.safeParse(await read(newest));
  const ours = clientReply.safeParse(parsed.success ? parsed.data.reply[CLIENT] : undefined);
  if (!ours.success) return undefined;
  const { responses } = ours.data['query.json'];
  return {
    read: async (kind) => {
      const file = responses.find((response) => response.kind === kind)?.jsonFile;
      return file === undefined ? undefined : await read(file);
    },
    readFile: read,
  };
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

// CMakeCache.txt: written by CMake into every build directory it configures (cmake(1), "CMake Cache"; source
// cmCacheManager.cxx).
//
//   # This is the CMakeCache file.            comment; also `//help text` above an entry
//   CMAKE_BUILD_TYPE:STRING=Debug             KEY:TYPE=VALUE up to the end of the line
//   "KEY:WITH COLON":STRING=x                 keys that hold `:` or start with `//` are quoted
//   PADDED:STRING=' two spaces  '             a value with blanks at either end is in single quotes
//
// Traps: a value may hold `=`; internal entries (KEY-ADVANCED:INTERNAL=1) are entries like any other; a variable given by
// -D that no project asked about has the type UNINITIALIZED; a write that was cut short leaves a last line without `=`.

/** The entries of a CMake cache by name. */
export type CmakeCache = ReadonlyMap<string, string>;

const ENTRY = /^(?:"([^"]+)"|([^=:#/"\s][^=:]*)):[A-Z]+=(.*)$/;

/** Reads a CMakeCache.txt; lines that are not entries are passed over. */
export function parseCmakeCache(text: string): CmakeCache {
  const entries = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const found = ENTRY.exec(line);
    const [, quoted, plain, value] = found ?? [];
    const key = quoted ?? plain;
    if (key !== undefined && value !== undefined) entries.set(key, unquote(value));
  }
  return entries;
}

/** What CMake's `if(VALUE)` makes of a cached value. */
export function isOn(value: string | undefined): boolean {
  return value !== undefined && /^(1|on|yes|true|y|[1-9]\d*)$/i.test(value);
}

function unquote(value: string): string {
  return value.length >= 2 && value.startsWith("'") && value.endsWith("'") ? value.slice(1, -1) : value;
}
