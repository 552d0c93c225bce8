export const buildTypes = ['Debug', 'Release', 'RelWithDebInfo', 'MinSizeRel'] as const;
export const sanitisers = ['None', 'Address', 'Thread', 'Undefined', 'Leak', 'Memory'] as const;
export const generators = ['Ninja', 'Unix Makefiles'] as const;
export const goals = ['profile', 'build', 'invoke', 'monitor'] as const;
export const apis = ['auto', 'planner', 'worker'] as const;
export const shells = ['none', 'bash', 'zsh', 'fish'] as const;

/** Every setting with its value as tasks use it: paths are absolute. */
export interface SettingValues {
  /** The Faasm checkout; undefined when there is none to be found. */
  readonly checkout: string | undefined;
  readonly buildDir: string;
  readonly installDir: string;
  readonly localDir: string;
  readonly buildType: (typeof buildTypes)[number];
  readonly perf: boolean;
  /** The LLVM that WAVM links; undefined leaves it to the build. */
  readonly llvmDir: string | undefined;
  readonly sanitiser: (typeof sanitisers)[number];
  readonly generator: (typeof generators)[number];
  /** Where clang-17 and clang++-17 are looked for. */
  readonly compilerDir: string;
  readonly plannerHost: string;
  readonly plannerPort: number;
  readonly invokeHost: string | undefined;
  readonly invokePort: number | undefined;
  readonly uploadHost: string | undefined;
  readonly uploadPort: number | undefined;
  /** What a cluster understands: today's planner, or the worker API of 2021 to 2023; `auto` finds out. */
  readonly api: (typeof apis)[number];
  /** What `tasks setup` was asked for last. */
  readonly goal: (typeof goals)[number] | undefined;
  /** The shell whose completion `tasks setup` installs. */
  readonly completion: (typeof shells)[number];
}

export type SettingKey = keyof SettingValues;

interface SettingSource {
  /** One line for `tasks config` and the JSON schema. */
  readonly doc: string;
  /** How text (a variable, a line of faasm.ini) becomes a value, and whether relative paths are resolved. */
  readonly kind: 'path' | 'text' | 'number' | 'switch';
  readonly variable?: string;
  /** Its name in section `[Faasm]` of faasm.ini. */
  readonly ini?: string;
}

/** Where each setting may come from. */
export const settingSources: Readonly<Record<SettingKey, SettingSource>> = {
  checkout: { doc: 'The Faasm checkout.', kind: 'path', variable: 'FAASM_ROOT' },
  buildDir: {
    doc: "CMake's build directory; binaries are in bin/ below it.",
    kind: 'path',
    variable: 'FAASM_BUILD_DIR',
  },
  installDir: { doc: 'Where a build is installed.', kind: 'path', variable: 'FAASM_INSTALL_DIR' },
  localDir: {
    doc: 'Holds wasm/USER/FUNC/function.wasm and what is made from it.',
    kind: 'path',
    variable: 'FAASM_LOCAL_DIR',
  },
  buildType: { doc: "CMake's build type.", kind: 'text', variable: 'CMAKE_BUILD_TYPE' },
  perf: { doc: 'Build for profiling with perf.', kind: 'switch' },
  llvmDir: {
    doc: 'The LLVM that WAVM links: its prefix, or the folder of LLVMConfig.cmake.',
    kind: 'path',
    variable: 'LLVM_DIR',
  },
  sanitiser: { doc: 'Build with this sanitiser.', kind: 'text' },
  generator: { doc: "CMake's generator.", kind: 'text', variable: 'CMAKE_GENERATOR' },
  compilerDir: {
    doc: 'The folder of clang-17 and clang++-17.',
    kind: 'path',
    variable: 'FAASM_COMPILER_DIR',
  },
  plannerHost: {
    doc: 'Where the planner listens.',
    kind: 'text',
    variable: 'PLANNER_HOST',
    ini: 'planner_host',
  },
  plannerPort: {
    doc: "The planner's HTTP port.",
    kind: 'number',
    variable: 'PLANNER_PORT',
    ini: 'planner_port',
  },
  invokeHost: {
    doc: 'Where older clusters take calls.',
    kind: 'text',
    variable: 'INVOKE_HOST',
    ini: 'invoke_host',
  },
  invokePort: { doc: 'Its port.', kind: 'number', variable: 'INVOKE_PORT', ini: 'invoke_port' },
  uploadHost: {
    doc: 'Where functions are uploaded to.',
    kind: 'text',
    variable: 'UPLOAD_HOST',
    ini: 'upload_host',
  },
  uploadPort: { doc: 'Its port.', kind: 'number', variable: 'UPLOAD_PORT', ini: 'upload_port' },
  api: {
    doc: 'What the cluster understands: planner, worker (before July 2023), or auto.',
    kind: 'text',
    variable: 'FAASM_API',
  },
  goal: { doc: 'What `tasks setup` was asked for last.', kind: 'text' },
  completion: { doc: 'The shell whose completion `tasks setup` installs.', kind: 'text' },
};

/** The lowest layer. */
export const settingDefaults: SettingValues = {
  checkout: undefined,
  buildDir: '/build/faasm',
  installDir: '/usr/local',
  localDir: '/usr/local/faasm',
  buildType: 'Debug',
  perf: false,
  llvmDir: undefined,
  sanitiser: 'None',
  generator: 'Ninja',
  compilerDir: '/usr/bin',
  plannerHost: 'localhost',
  plannerPort: 8080,
  invokeHost: undefined,
  invokePort: undefined,
  uploadHost: undefined,
  uploadPort: undefined,
  api: 'auto',
  goal: undefined,
  completion: 'none',
};

/** In the order people read them. */
export const settingKeys: readonly SettingKey[] = Object.keys(settingSources).filter(isSettingKey);

export function isSettingKey(name: string): name is SettingKey {
  return Object.hasOwn(settingSources, name);
}
