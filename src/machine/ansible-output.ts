// What `ansible-playbook` prints with its `default` callback, the only one that is in every ansible-core and speaks task
// by task (`json` prints once, at the end).
//
//     TASK [perf : Install perf] *****
//     changed: [localhost]                      ok: [host] => (item=x)            skipping: [host]
//     ok: [localhost] => {                      a JSON object over several lines, ended by `}` in the first column
//     fatal: [localhost]: FAILED! => {…}        failed: [host] (item=x) => {…}    fatal: [host]: UNREACHABLE! => {…}
//     PLAY RECAP *****
//     localhost : ok=9    changed=4    unreachable=0    failed=0    skipped=3    rescued=0    ignored=0
//
// Traps: a task of a role is `role : name`; a task over a list prints a line an item, then one more when all are skipped;
// names may hold anything but a line end; the stars are padding.

type Status = 'ok' | 'changed' | 'skipped' | 'failed' | 'unreachable';

/** What a task did on a host, or one item of a task that goes over a list. */
export interface TaskResult {
  readonly host: string;
  readonly status: Status;
  readonly item: string | undefined;
  /** What the task says, when it says something. */
  readonly message: string | undefined;
  /** The last lines of the program that a failed task ran. */
  readonly lastLines: string | undefined;
}

export interface HostCounts {
  readonly host: string;
  readonly ok: number;
  readonly changed: number;
  readonly unreachable: number;
  readonly failed: number;
  readonly skipped: number;
}

type AnsibleEvent =
  | { readonly kind: 'task'; readonly name: string }
  | ({ readonly kind: 'result' } & TaskResult)
  | ({ readonly kind: 'counts' } & HostCounts);

const RESULT =
  /^(ok|changed|skipping|fatal|failed): \[([^\]]+)\](?:: (FAILED|UNREACHABLE)!)?(?: => | )?(?:\(item=(.*?)\))?(?: => (?=\{))?\s*(\{.*)?$/;

/** Follows the output line by line. */
export class AnsibleOutput {
  /** A result whose JSON goes on over the next lines. */
  #open: { readonly line: RegExpExecArray; json: string } | undefined;

  push(line: string): AnsibleEvent | undefined {
    if (this.#open !== undefined) {
      this.#open.json += `\n${line}`;
      return line === '}' ? this.#close() : undefined;
    }
    const task = /^TASK \[(.*)\] \**$/.exec(line);
    if (task !== null) return { kind: 'task', name: plainName(task[1] ?? '') };
    const result = RESULT.exec(line);
    if (result !== null) {
      const json = result[5] ?? '';
      this.#open = { line: result, json };
      return json === '{' ? undefined : this.#close();
    }
    return counts(line);
  }

  #close(): AnsibleEvent | undefined {
    const open = this.#open;
    if (open === undefined) return undefined;
    this.#open = undefined;
    const [, word = '', host = '', why, item] = open.line;
    const said = record(open.json);
    return {
      kind: 'result',
      host: host.split(' ')[0] ?? host,
      status: why === 'UNREACHABLE' ? 'unreachable' : (STATUS[word] ?? 'ok'),
      item,
      message: typeof said['msg'] === 'string' ? said['msg'].trim() : undefined,
      lastLines: lastLines(said),
    };
  }
}

const STATUS: Readonly<Record<string, Status>> = {
  ok: 'ok',
  changed: 'changed',
  skipping: 'skipped',
  fatal: 'failed',
  failed: 'failed',
};

/** The names of a playbook's tasks, from `ansible-playbook --list-tasks`; what runs before them is not in it. */
export function tasksListed(text: string): string[] {
  return text
    .split('\n')
    .map((line) => /^ {6}(\S.*?)\tTAGS: \[.*\]$/.exec(line)?.[1])
    .flatMap((name) => (name === undefined ? [] : [plainName(name)]));
}

function plainName(name: string): string {
  const cut = name.indexOf(' : ');
  return cut < 0 ? name : name.slice(cut + 3);
}

function counts(line: string): AnsibleEvent | undefined {
  const match = /^(\S+)\s+: (ok=\d.*)$/.exec(line);
  if (match === null) return undefined;
  const of = (name: string): number => Number(new RegExp(`\\b${name}=(\\d+)`).exec(match[2] ?? '')?.[1] ?? 0);
  return {
    kind: 'counts',
    host: match[1] ?? '',
    ok: of('ok'),
    changed: of('changed'),
    unreachable: of('unreachable'),
    failed: of('failed'),
    skipped: of('skipped'),
  };
}

const MOST_LINES = 12;

function lastLines(said: Readonly<Record<string, unknown>>): string | undefined {
  const lines = ['stdout', 'stderr'].flatMap((name) => {
    const text = said[name];
    return typeof text === 'string' ? text.split(/[\r\n]+/).filter((line) => line.trim() !== '') : [];
  });
  return lines.length === 0 ? undefined : lines.slice(-MOST_LINES).join('\n');
}

function record(json: string): Readonly<Record<string, unknown>> {
  if (json === '') return {};
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
