import type { Candidate, ValueRequest, ValueSource } from '../../runner/completion.ts';

/** Where values are looked for. */
export interface ValuePlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

type Source = (request: ValueRequest, place: ValuePlace) => Promise<readonly Candidate[]>;

// By the names that parameters give in `values`. Each is loaded when it is asked for: Tab must answer in 150 ms, start-up
// included, so nothing here reads settings with schemas, opens modules, or waits for a network.
const sources = {
  users: async (_request, { env }) => named(await (await functions()).listUsers(env)),
  functions: async ({ given }, { env }) =>
    named(await (await functions()).listFunctionsOf(given['user'] ?? '', env)),
  'function-paths': async ({ typed }, place) => {
    const { listFunctionsOf, listUsers } = await functions();
    const [user, ...rest] = typed.split('/');
    if (rest.length > 0)
      return named((await listFunctionsOf(user ?? '', place.env)).map((func) => `${user}/${func}`));
    const users = (await listUsers(place.env)).filter((name) => name.startsWith(typed));
    const all = users.map(async (name) =>
      (await listFunctionsOf(name, place.env)).map((func) => `${name}/${func}`),
    );
    return named((await Promise.all(all)).flat());
  },
  targets: async (_request, place) => named(await (await import('./build-targets.ts')).buildTargets(place)),
  'build-types': async () => named((await import('../../faasm/setting-keys.ts')).buildTypes),
  'setting-keys': async () => {
    const { settingKeys, settingSources } = await import('../../faasm/setting-keys.ts');
    return settingKeys.map((value) => ({ value, help: settingSources[value].doc }));
  },
  recordings: async (_request, place) => await (await import('./recordings.ts')).recordings(place),
  'call-ids': async (request, place) => await (await import('./call-values.ts')).callIds(request, place),
  'planner-hosts': async (_request, place) =>
    named(await (await import('./call-values.ts')).planners('host', place)),
  'planner-ports': async (_request, place) =>
    named(await (await import('./call-values.ts')).planners('port', place)),
  'worker-hosts': async (request, place) =>
    named(await (await import('./worker-hosts.ts')).workerHosts(request, place)),
  'wasm-files': async ({ typed }, place) => {
    const all = await (await import('./paths.ts')).paths(typed, place, 'files');
    return all.filter(({ value }) => /(\.wasm|\/)$/.test(value));
  },
  files: async ({ typed }, place) => await (await import('./paths.ts')).paths(typed, place, 'files'),
  folders: async ({ typed }, place) => await (await import('./paths.ts')).paths(typed, place, 'folders'),
} satisfies Readonly<Record<string, Source>>;

/** The names that a parameter's `values` may give. */
export const valueSourceNames: readonly string[] = Object.keys(sources);

/** What exists here and now, for completion; a source that fails has nothing to offer. */
export function liveValues(place: ValuePlace): ValueSource {
  const known = new Map<string, Source>(Object.entries(sources));
  return async (name, request) =>
    (await known
      .get(name)?.(request, place)
      .catch(() => [])) ?? [];
}

function named(values: readonly string[]): Candidate[] {
  return values.map((value) => ({ value }));
}

async function functions(): Promise<typeof import('../../faasm/functions.ts')> {
  return await import('../../faasm/functions.ts');
}
