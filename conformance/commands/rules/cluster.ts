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
import { type CommandRule, flagValue, hasTask } from './rule.ts';

// The older tree's cluster: invoke, upload, state, files, flush. Same requests, sent by ourselves.

const INI = '${PROJ_ROOT}/faasm.ini';
const LAST_CALL = '/tmp/faasm_last_call.txt';

function isOld({ tree }: RecordedCase): boolean {
  return tree === 'old';
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
    instead: (recorded) => {
      const isMissing = (sent: Sent): boolean => sent.method === 'PUT' && sent.body === undefined;
      return recorded.requests.some(isMissing) ? nothing(false) : recorded;
    },
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
      const output = flagValue(given, 'output-file', 'o') ?? '';
      const changes: Record<string, Fate | undefined> = { '/tmp/faasm_exec_graph.dot': undefined };
      if (recorded.files.has(output)) changes[output] = 'there';
      return {
        ...withFiles(recorded, changes),
        commands: recorded.commands.filter(({ argv }) => argv[0] !== 'dot'),
      };
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
