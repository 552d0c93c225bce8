import type { Chart, Line } from '../../monitor/chart.ts';
import { chosenCharts } from '../../monitor/chosen-charts.ts';
import { defaultCharts } from '../../monitor/default-charts.ts';
import { History } from '../../monitor/history.ts';
import { openPmapi, type PmapiClient } from '../../monitor/pmapi-client.ts';
import { processCharts } from '../../monitor/process-charts.ts';
import { Sampler } from '../../monitor/sampler.ts';
import { type ChildOutcome, childFailure } from '../../process/child.ts';
import type { TaskContext } from '../../runner/context.ts';
import { formatDuration } from '../../util/display-text.ts';
import { jsonView, silentView, tableView } from './line-views.ts';
import { liveView } from './live-view.ts';
import { reportSession, SessionLog } from './monitor-report.ts';
import { type MonitorArgs, type MonitorRequest, monitorRequest } from './monitor-request.ts';
import { pageView } from './page-view.ts';
import { ProgramRun } from './program-run.ts';
import { RecordFile } from './record-file.ts';
import type { View } from './view.ts';
import { watch } from './watch.ts';

/** `tasks monitor`: a host's metrics, live, until somebody ends it or the program under it does. */
export async function monitor(args: MonitorArgs, context: TaskContext): Promise<void> {
  const request = monitorRequest(args, context.cwd);
  if (context.dry) {
    sayPlan(request, context);
    return;
  }
  const enough = new AbortController();
  const signal = AbortSignal.any([context.signal, enough.signal]);
  const client = await openPmapi(request.address, signal);
  const hostCharts = await chartsFor(request, client, context);
  const charts: readonly Chart[] = [...hostCharts, ...(request.program === undefined ? [] : processCharts)];
  const history = new History(charts);
  const view = await viewFor(history, client.hostname, request, () => enough.abort(), context);
  let record: RecordFile | undefined;
  const program = request.program === undefined ? undefined : new ProgramRun(request.program);
  const log = new SessionLog();
  let outcome: ChildOutcome | undefined;
  try {
    record = await beginRecord(request, client.hostname, charts);
    view.begin();
    program?.start(view.programLine, context, signal);
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
    outcome = await program?.outcome().catch(() => undefined);
  }
  if (program !== undefined && outcome !== undefined) sayTail(outcome, view, context);
  reportSession({ history, host: client.hostname, log, request, outcome }, context);
  context.signal.throwIfAborted();
  // Says why it could not be started, or that it was ended before its time.
  await program?.outcome();
  if (request.program !== undefined && outcome !== undefined && outcome.exitCode !== 0)
    throw childFailure(`Watching ${request.program.line}`, request.program.command, { ...outcome, tail: '' });
}

function sayPlan(
  { address, intervalMs, record, program, page }: MonitorRequest,
  { output }: TaskContext,
): void {
  const { host, port } = address;
  output.emit({
    event: 'note',
    text: `would ask pmproxy at ${host}:${port} every ${formatDuration(intervalMs)}`,
  });
  if (record !== undefined) output.emit({ event: 'note', text: `would record into ${record.displayName}` });
  if (page !== undefined) output.emit({ event: 'note', text: 'would serve a page on 127.0.0.1' });
  if (program !== undefined) output.emit({ event: 'command', command: program.command, dry: true });
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
  if (page !== undefined)
    return await pageView({ host, intervalMs, charts: history.charts, wish: page }, context);
  if (output.isQuiet) return silentView;
  if (output.json) return jsonView(output);
  if (!output.canDrawLive) return tableView(history.charts, output);
  return liveView({ history, host, intervalMs, programLine: program?.line, onQuit }, context);
}

/** A live screen took the program's words with it. */
function sayTail({ tail }: ChildOutcome, view: View, { output }: TaskContext): void {
  if (view.isLive && tail !== '') output.data(tail);
}
