import { type Chart, History, type Line } from '../../monitor/chart.ts';
import { chosenCharts, defaultCharts } from '../../monitor/chart-choice.ts';
import { openPmapi, type PmapiClient } from '../../monitor/pmapi-client.ts';
import { processCharts } from '../../monitor/process-tree.ts';
import { Sampler } from '../../monitor/sampler.ts';
import { type ChildOutcome, childFailure } from '../../process/child.ts';
import { runSteps, type Step } from '../../process/steps.ts';
import type { TaskContext } from '../../runner/context.ts';
import { formatDuration } from '../../util/display-text.ts';
import { type MonitorArgs, type MonitorRequest, monitorRequest } from './monitor-request.ts';
import { RecordFile, reportSession, SessionLog } from './session-record.ts';
import { jsonView, liveView, pageView, silentView, tableView, type View } from './views.ts';
import { type RunningProgram, startProgram, watch } from './watch.ts';

/** `tasks monitor`: a host's metrics, live, until somebody ends it or the program under it does. */
export async function monitor(args: MonitorArgs, context: TaskContext): Promise<void> {
  const request = monitorRequest(args, context.cwd);
  const session = sessionStep(request);
  await runSteps([session], context, async (step) => {
    const ended = await step(session, async () => await watchHost(request, context));
    reportSession({ ...ended, request }, context);
    context.signal.throwIfAborted();
    // Says why it could not be started, or that it was ended before its time.
    await ended.program?.outcome;
    if (request.program !== undefined && ended.outcome !== undefined && ended.outcome.exitCode !== 0)
      throw childFailure(`Watching ${request.program.line}`, request.program.command, {
        ...ended.outcome,
        tail: '',
      });
  });
}

function sessionStep({ address, intervalMs, record, program, page }: MonitorRequest): Step {
  return {
    title: `Watch ${address.host}`,
    why: program === undefined ? 'its metrics, by Performance Co-Pilot' : 'its metrics while a program runs',
    outputs: ['-', ...(record === undefined ? [] : [record.path])],
    commands: program === undefined ? [] : [program.command],
    notes: [
      `asks pmproxy at ${address.host}:${address.port} every ${formatDuration(intervalMs)}`,
      ...(record === undefined ? [] : [`records into ${record.displayName}`]),
      ...(page === undefined ? [] : ['serves a page on 127.0.0.1']),
    ],
    foreground: true,
  };
}

/** How a session ended. */
interface EndedSession {
  readonly host: string;
  readonly history: History;
  readonly log: SessionLog;
  readonly program: RunningProgram | undefined;
  /** Of the program; undefined where it could not be started, too. */
  readonly outcome: ChildOutcome | undefined;
}

async function watchHost(request: MonitorRequest, context: TaskContext): Promise<EndedSession> {
  const enough = new AbortController();
  const signal = AbortSignal.any([context.signal, enough.signal]);
  const client = await openPmapi(request.address, signal);
  const host = client.hostname;
  const hostCharts = await chartsFor(request, client, context);
  const charts: readonly Chart[] = [...hostCharts, ...(request.program === undefined ? [] : processCharts)];
  const history = new History(charts);
  const view = await viewFor(history, host, request, () => enough.abort(), context);
  const log = new SessionLog();
  let record: RecordFile | undefined;
  let program: RunningProgram | undefined;
  let outcome: ChildOutcome | undefined;
  try {
    record = await beginRecord(request, host, charts);
    view.begin();
    if (request.program !== undefined)
      program = startProgram(request.program, view.programLine, signal, context);
    const moments = watch({
      sampler: new Sampler(client, hostCharts),
      intervalMs: request.intervalMs,
      count: request.count,
      extra: () => program?.values() ?? {},
      signal: program === undefined ? signal : AbortSignal.any([signal, program.ended]),
      hasLastLook: () => !signal.aborted && program?.ended.aborted === true,
    });
    for await (const moment of moments) {
      history.add(moment.sample);
      log.note(moment);
      await record?.add(moment);
      view.show(moment);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await view.end();
    await record?.close();
    if (program?.ended.aborted !== true) enough.abort();
    outcome = await program?.outcome.catch(() => undefined);
  }
  // A live screen took what the program printed with it.
  if (view.isLive && outcome !== undefined && outcome.tail !== '') context.output.data(outcome.tail);
  return { host, history, log, program, outcome };
}

async function chartsFor(
  { choices }: MonitorRequest,
  client: PmapiClient,
  { output }: TaskContext,
): Promise<readonly Chart<Line>[]> {
  if (choices === undefined) return await defaultCharts(client);
  return await chosenCharts(choices, client, (message) =>
    output.emit({ event: 'warning', message, hints: [] }),
  );
}

async function beginRecord(
  { record, intervalMs, program }: MonitorRequest,
  host: string,
  charts: readonly Chart[],
): Promise<RecordFile | undefined> {
  if (record === undefined) return undefined;
  const clock = { wallMs: Date.now(), monotonicMs: Number(process.hrtime.bigint() / 1000n) / 1000 };
  const started = new Date(clock.wallMs).toISOString();
  return await RecordFile.begin(
    record,
    { host, started, intervalMs, clock, program: program?.command.argv ?? null },
    charts,
  );
}

async function viewFor(
  history: History,
  host: string,
  { intervalMs, program, page }: MonitorRequest,
  onQuit: () => void,
  context: TaskContext,
): Promise<View> {
  const { output } = context;
  if (page !== undefined) return await pageView({ host, intervalMs, charts: history.charts, page }, context);
  if (output.isQuiet) return silentView;
  if (output.json) return jsonView(output);
  if (!output.canDrawLive) return tableView(history.charts, output);
  return liveView({ history, host, intervalMs, programLine: program?.line, onQuit }, context);
}
