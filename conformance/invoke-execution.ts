import { spawnSync } from 'node:child_process';
import { isDeepStrictEqual } from 'node:util';
import type { Collected, ModelContext } from './invoke-contexts.ts';
import type { Differences } from './invoke-model.ts';
import type { Executed, Fixture, FixtureCall, Outcome } from './parser-case.ts';

interface ExecutionPlan {
  readonly collected: Collected;
  readonly core: ModelContext;
  readonly config: Fixture['config'];
  readonly on: Differences;
  readonly remainder: string;
  /** The calls were on the line; else they are the default's. */
  readonly isTyped: boolean;
}

interface Call {
  readonly context: ModelContext;
  /** What the caller named; Invoke compares this to find calls that are the same. */
  readonly named: Readonly<Record<string, unknown>>;
  readonly kwargs: Readonly<Record<string, unknown>>;
}

/** What runs, in which order, and how it ends. */
export function executed(contexts: readonly ModelContext[], plan: ExecutionPlan): Outcome {
  const { collected, core, on } = plan;
  const calls = contexts.flatMap((context) => {
    const kwargs = context.kwargs();
    return expand({ context, named: plan.isTyped ? kwargs : {}, kwargs }, collected);
  });
  const settings = settingsOf(core, plan.config);
  const isDeduping = settings['tasks.dedupe'] !== false;
  const done: Executed[] = [];
  for (const call of isDeduping ? deduped(calls, on) : calls) {
    done.push({
      task: call.context.task,
      kwargs: call.kwargs,
      ...(Object.keys(settings).length === 0 ? {} : { config: settings }),
      ...(plan.remainder === '' ? {} : { remainder: plan.remainder }),
    });
    const end = bodyEnd(call, settings);
    if (end !== undefined) return { exit: end, executed: done };
  }
  return { exit: 0, executed: done.filter(({ task }) => task !== 'alttask') };
}

function expand(call: Call, collected: Collected): Call[] {
  const { pre = [], post = [] } = call.context.definition ?? {};
  const around = (wanted: readonly (string | FixtureCall)[]): Call[] =>
    wanted.flatMap((item) => {
      const name = typeof item === 'string' ? item : item.call;
      const context = collected.byTask.get(name)?.fresh();
      if (context === undefined) throw new Error(`no task ${name}`);
      const params = context.definition?.params ?? [];
      const args = typeof item === 'string' ? [] : (item.args ?? []);
      const named = {
        ...Object.fromEntries(args.map((value, at) => [params[at]?.name ?? '', value])),
        ...(typeof item === 'string' ? {} : item.kwargs),
      };
      return expand({ context, named, kwargs: { ...context.kwargs(), ...named } }, collected);
    });
  return [...around(pre), call, ...around(post)];
}

function deduped(calls: readonly Call[], on: Differences): Call[] {
  const key = on.has('the same call') ? 'kwargs' : 'named';
  return calls.filter(
    (call, at) =>
      calls.findIndex(
        (other) => other.context.task === call.context.task && isDeepStrictEqual(other[key], call[key]),
      ) === at,
  );
}

/** Settings that are not the defaults, by the names that were recorded. */
function settingsOf(core: ModelContext, config: Fixture['config']): Record<string, unknown> {
  const run = Object.fromEntries(
    Object.entries(config?.run ?? {}).map(([key, value]) => [`run.${key}`, value]),
  );
  const settings: Record<string, unknown> = { ...run };
  const names = { echo: 'run.echo', dry: 'run.dry', 'warn-only': 'run.warn', pty: 'run.pty' };
  for (const [flag, name] of Object.entries(names)) if (core.value(flag) === true) settings[name] = true;
  const hide = core.value('hide');
  if (hide !== null) settings['run.hide'] = hide;
  const timeout = core.value('command-timeout');
  if (timeout !== null) settings['timeouts.command'] = timeout;
  if (core.value('no-dedupe') === true || config?.tasks?.dedupe === false) settings['tasks.dedupe'] = false;
  return settings;
}

/** The exit code with which a body ends the line; undefined where the next one follows. */
function bodyEnd({ context, kwargs }: Call, settings: Readonly<Record<string, unknown>>): number | undefined {
  const number = (name: string): number => Number(kwargs[name]);
  switch (context.definition?.body) {
    case 'exit':
    case 'sysexit':
      return number('code');
    case 'raise':
      return 1;
    case 'ctxrun':
      return childEnd(String(kwargs['cmd']), settings);
    case 'ctxrun_fail':
      return childEnd('exit 3', settings);
    default:
      return undefined;
  }
}

function childEnd(command: string, settings: Readonly<Record<string, unknown>>): number | undefined {
  const hide = settings['run.hide'] ?? 'both';
  if (!['out', 'stdout', 'err', 'stderr', 'both'].includes(String(hide))) return 1;
  if (settings['run.dry'] === true) return undefined;
  const status = childStatus(command, Number(settings['timeouts.command'] ?? 0));
  if (status === undefined) return 1;
  return status === 0 || settings['run.warn'] === true ? undefined : status;
}

const known = new Map<string, number | undefined>();

/** The exit code of a command; undefined when it took too long. Commands of recordings do the same every time. */
function childStatus(command: string, seconds: number): number | undefined {
  const key = `${seconds} ${command}`;
  if (!known.has(key)) {
    const child = spawnSync('bash', ['-c', command], { stdio: 'ignore', timeout: seconds * 1000 });
    known.set(key, child.error === undefined ? (child.status ?? 1) : undefined);
  }
  return known.get(key);
}
