import { graphFormats } from '../../../src/execgraph/formats.ts';
import type { RecordedCase } from '../recorded-case.ts';
import {
  type Effects,
  type Fate,
  nothing,
  placeAt,
  plainUrl,
  type Sent,
  withFiles,
} from '../recorded-effects.ts';
import { type CommandRule, flagValue, hasTask, withCommands } from './rule.ts';

// The older tree's cluster: invoke, upload, state, files, flush. Same requests, sent by ourselves.

const INI = '${PROJ_ROOT}/faasm.ini';
const LAST_CALL = '/tmp/faasm_last_call.txt';
const GRAPH = '/tmp/faasm_exec_graph.png';

function isOld({ tree }: RecordedCase): boolean {
  return tree === 'old';
}

function isLocalCopy({ argv }: RecordedCase): boolean {
  return argv[0]?.startsWith('upload') === true && argv.some((word) => /^(--local-copy|-p?lp?)$/.test(word));
}

function isPython({ argv }: RecordedCase): boolean {
  return argv.some((word) => /^(--py|-l?pl?)$/.test(word));
}

function namespaceOf({ argv }: RecordedCase): string {
  return argv.find((word) => !word.startsWith('-'))?.split('.')[0] ?? '';
}

export const clusterRules: readonly CommandRule[] = [
  {
    name: 'no empty faasm.ini',
    reason: 'a task that asks for settings writes none',
    covers: (given) => isOld(given) && !hasTask(given, 'config.create', 'config'),
    instead: (recorded, { setup }) =>
      INI in setup.files ? recorded : withFiles(recorded, { [INI]: undefined }),
  },
  {
    name: 'a faasm.ini with something in it',
    reason: 'config.create writes what is in force, with what it means',
    covers: (given) => hasTask(given, 'config.create'),
    instead: (recorded) => (recorded.files.has(INI) ? withFiles(recorded, { [INI]: 'there' }) : recorded),
  },
  {
    name: 'without curl',
    reason: 'the same request is sent by ourselves, and HTTP 400 and more is a failure',
    covers: isOld,
    instead: withoutCurl,
  },
  {
    name: 'the port of an upload server',
    reason: 'state.upload asks the port that UPLOAD_PORT names, as upload and state.download do',
    covers: (given) => hasTask(given, 'state.upload') && 'UPLOAD_PORT' in given.setup.env,
    instead: (recorded, { setup }) => ({
      ...recorded,
      requests: recorded.requests.map((sent) => {
        const url = new URL(sent.url);
        url.port = setup.env['UPLOAD_PORT'] ?? '';
        return { ...sent, url: url.href };
      }),
    }),
  },
  {
    name: 'a file that is not there',
    reason: 'nothing is sent for it',
    covers: (given) => ['upload', 'state', 'files'].includes(namespaceOf(given)),
    instead: (recorded, given) => {
      const isMissing = (sent: Sent): boolean => sent.method === 'PUT' && sent.body === undefined;
      const isLocal = isLocalCopy(given) && !recorded.success;
      return isLocal || recorded.requests.some(isMissing) ? nothing(false) : recorded;
    },
  },
  {
    name: '--local-copy of a module',
    reason: 'copies WebAssembly modules too, where the older tree copied Python files and sent the others',
    covers: (given) => isOld(given) && isLocalCopy(given) && !isPython(given),
    instead: (recorded, given) => {
      const [sent] = recorded.requests;
      const [, user = '', func = ''] = /\/f\/([^/]+)\/([^/]+)$/.exec(sent?.url ?? '') ?? [];
      if (sent?.body === undefined) return recorded;
      const to = `\${FAASM_LOCAL_DIR}/wasm/${user}/${func}/function.wasm`;
      const isThere = given.setup.files[to] === sent.body;
      return { ...withFiles(recorded, isThere ? {} : { [to]: { content: sent.body } }), requests: [] };
    },
  },
  {
    name: 'a Redis that fails',
    reason: 'is a failure; the original printed it and ended well',
    covers: (given) => namespaceOf(given) === 'redis',
    instead: (recorded, { expect }) => {
      const hasFailed = expect.events.some((event) => event.t === 'exec' && (event.rc ?? 0) !== 0);
      return hasFailed ? { ...recorded, success: false } : recorded;
    },
  },
  {
    name: 'a Redis without a name',
    reason: 'an empty REDIS_QUEUE_HOST is as good as none',
    covers: (given) => namespaceOf(given) === 'redis' && given.setup.env['REDIS_QUEUE_HOST'] === '',
    instead: (recorded) =>
      withCommands(recorded, (ran) => {
        const at = ran.argv.indexOf('-h');
        const isNameless = at >= 0 && /^(flushall|smembers)$/.test(ran.argv[at + 1] ?? '');
        return [isNameless ? { ...ran, argv: ran.argv.toSpliced(at + 1, 0, 'redis') } : ran];
      }),
  },
  {
    name: 'config shows the settings',
    reason: 'the older tree had config.create alone, and no default',
    covers: ({ argv }) => argv.length === 1 && argv[0] === 'config',
    instead: () => nothing(true),
  },
  {
    name: 'a place for the last call',
    reason: "in the user's state folder, one for each cluster: a name in /tmp is anybody's",
    covers: (given) => isOld(given) && namespaceOf(given) === 'invoke',
    instead: (recorded, { setup }) => {
      const isCalled = recorded.requests.some(
        ({ json }, index) => isAsync(json) && /^\d+$/.test(setup.http_responses[index]?.text ?? 'ok'),
      );
      if (!isCalled) return recorded;
      const { hostname, port } = new URL(recorded.requests[0]?.url ?? '');
      const own = `\${HOME}/.local/state/faasm-tasks/last-call/${hostname}_${port === '' ? '80' : port}.json`;
      return withFiles(recorded, { [LAST_CALL]: undefined, [own]: 'there' });
    },
  },
  {
    name: 'an execution graph without Graphviz',
    reason: 'the picture is drawn by ourselves, with no file in between',
    covers: (given) => isOld(given) && hasTask(given, 'invoke.exec-graph'),
    instead: (recorded, given) => {
      const output = placeAt(given.cwd, flagValue(given, 'output-file', 'o') ?? '');
      const changes: Record<string, Fate | undefined> = { '/tmp/faasm_exec_graph.dot': undefined };
      if (recorded.files.has(output)) changes[output] = 'there';
      return {
        ...withFiles(recorded, changes),
        commands: recorded.commands.filter(({ argv }) => argv[0] !== 'dot'),
      };
    },
  },
  {
    name: 'no viewer for an execution graph',
    reason: 'the graph is a tree on the terminal, or a file that you open',
    covers: (given) => isOld(given) && hasTask(given, 'invoke.exec-graph'),
    instead: (recorded) => ({
      ...recorded,
      commands: recorded.commands.filter(({ argv }) => argv[0] !== 'xdg-open'),
    }),
  },
  {
    name: 'a place for an execution graph',
    reason:
      "without --output-file it is on the terminal, a picture (--headless) in the current folder: a name in /tmp is anybody's",
    covers: (given) => isOld(given) && hasTask(given, 'invoke.exec-graph'),
    instead: (recorded, given) => {
      if (!recorded.files.has(GRAPH)) return recorded;
      const isHeadless = given.argv.some((word) => word === '--headless' || /^-[a-z]*h/.test(word));
      const own = isHeadless ? { [`${given.cwd}/exec-graph.png`]: 'there' as const } : {};
      return withFiles(recorded, { [GRAPH]: undefined, ...own });
    },
  },
  {
    name: "an execution graph's file tells its form",
    reason: 'by its ending, or with --format; any other name is a usage error before anything is asked',
    covers: (given) => isOld(given) && hasTask(given, 'invoke.exec-graph'),
    instead: (recorded, given) => {
      const output = flagValue(given, 'output-file', 'o');
      const isKnown = graphFormats.some(({ endings }) =>
        endings.some((ending) => output?.toLowerCase().endsWith(ending)),
      );
      return output === undefined || output === '-' || isKnown ? recorded : nothing(false);
    },
  },
  {
    name: 'failures of a call',
    reason:
      'a failed function, an answer of HTTP 400 and more, or none that makes sense is exit code 1, and the end',
    covers: isOld,
    instead: (recorded, { setup }) => {
      const at = recorded.requests.findIndex(({ json }, index) => {
        const { status = 200, text = 'ok', refused } = setup.http_responses[index] ?? {};
        const isSenseless = isStatus(json) && !/^(SUCCESS|RUNNING)/.test(text);
        return refused === true || status >= 400 || text.startsWith('FAILED') || isSenseless;
      });
      if (at < 0) return recorded;
      const files = [...recorded.files].filter(([, fate]) => typeof fate !== 'object');
      return {
        ...recorded,
        success: false,
        requests: recorded.requests.slice(0, at + 1),
        files: new Map(files),
      };
    },
  },
];

function isAsync(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'async' in json && json.async === true;
}

function isStatus(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'status' in json && json.status === true;
}

function withoutCurl(recorded: Effects, { setup, cwd }: RecordedCase): Effects {
  const requests: Sent[] = [...recorded.requests];
  const files = new Map(recorded.files);
  for (const { argv } of recorded.commands.filter(({ argv: [name] }) => name === 'curl')) {
    const [, , method = '', url = ''] = argv;
    const after = (flag: string): string | undefined =>
      argv.includes(flag) ? argv[argv.indexOf(flag) + 1] : undefined;
    const source = after('-T');
    const target = after('-o');
    requests.push({
      method,
      url: plainUrl(url),
      json: undefined,
      filePath: after('-H')?.replace(/^FilePath: /, ''),
      body: source === undefined ? undefined : setup.files[placeAt(cwd, source)],
    });
    if (target !== undefined && recorded.success) files.set(placeAt(cwd, target), 'there');
  }
  return {
    ...recorded,
    requests,
    files,
    commands: recorded.commands.filter(({ argv: [name] }) => name !== 'curl'),
  };
}
