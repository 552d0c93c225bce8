import type { Chart, History } from '../../monitor/chart.ts';
import { pageData, pageSample } from '../../monitor/page-data.ts';
import { sampleRecord } from '../../monitor/recording.ts';
import { type Outage, screenLines } from '../../monitor/screen.ts';
import { SampleTable } from '../../monitor/tables.ts';
import type { TaskContext } from '../../runner/context.ts';
import { speaksUtf8 } from '../../util/terminal-text.ts';
import { openResult } from '../flame/open-result.ts';
import { PageServer } from './page-server.ts';
import type { Moment } from './watch.ts';

/** Who shows the moments: a live screen, a growing table, JSON lines, or nobody. */
export interface View {
  /** True when what it showed is gone at its end. */
  readonly isLive: boolean;
  begin(): void;
  show(moment: Moment): void;
  /** A line that the watched program printed. */
  programLine(line: string): void;
  /** Gives the terminal back; may be called twice. */
  end(): void | Promise<void>;
}

type Output = TaskContext['output'];

/** The table's head is said again after so many lines, about a terminal full. */
const headEvery = 22;

/** One line an interval, for pipes and logs. */
export function tableView(charts: readonly Chart[], output: Output): View {
  const table = new SampleTable(charts);
  let lines = 0;
  let isOut = false;
  return {
    isLive: false,
    begin: () => undefined,
    show: ({ sample, outage }) => {
      if (outage !== undefined && !isOut)
        output.emit({ event: 'warning', message: outage.why, hints: ['Trying again'] });
      if (outage === undefined && isOut)
        output.emit({ event: 'warning', message: 'The host answers again', hints: [] });
      isOut = outage !== undefined;
      if (lines % headEvery === 0) output.data(table.head().join('\n'));
      lines += 1;
      output.data(table.line(sample));
    },
    programLine: (line) => output.emit({ event: 'output', title: 'program', line }),
    end: () => undefined,
  };
}

/** One JSON object an interval. */
export function jsonView(output: Output): View {
  return {
    isLive: false,
    begin: () => undefined,
    show: ({ sample, outage }) => {
      output.data(JSON.stringify({ event: 'sample', ...sampleRecord(sample, outage) }));
    },
    programLine: (line) => output.emit({ event: 'output', title: 'program', line }),
    end: () => undefined,
  };
}

/** Nothing but the summary is wanted. */
export const silentView: View = {
  isLive: false,
  begin: () => undefined,
  show: () => undefined,
  programLine: () => undefined,
  end: () => undefined,
};

const enterScreen = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const leaveScreen = '\u001b[?7h\u001b[?25h\u001b[?1049l';
// Terminals that know it show the whole picture at once.
const home = '\u001b[?2026h\u001b[H';
// Before the line: after one that fills the row it would take its last character.
const clearLine = '\u001b[2K';
const clearBelow = '\u001b[J\u001b[?2026l';
const tailLines = 20;
const fallback = { columns: 80, rows: 24 };

interface LiveOptions {
  readonly history: History;
  readonly host: string;
  readonly intervalMs: number;
  readonly programLine: string | undefined;
  /** q was pressed. */
  readonly onQuit: () => void;
}

/** Charts on a terminal's second screen, drawn anew with each sample and size; q ends it. What was on the terminal comes back. */
export function liveView(options: LiveOptions, { output, env }: TaskContext): View {
  const stream = output.progressStream;
  const { stdin } = process;
  const begun = Date.now();
  const tail: string[] = [];
  let outage: Outage | undefined;
  let isOn = false;

  const draw = (): void => {
    if (!isOn) return;
    const lines = screenLines({
      history: options.history,
      host: options.host,
      intervalMs: options.intervalMs,
      elapsedMs: Date.now() - begun,
      outage,
      program: options.programLine === undefined ? undefined : { line: options.programLine, tail },
      columns: stream.columns || fallback.columns,
      rows: stream.rows || fallback.rows,
      isUtf8: speaksUtf8(env),
      paint: output.paint,
    });
    stream.write(`${home}${lines.map((line) => clearLine + line).join('\r\n')}${clearBelow}`);
  };
  const enter = (): void => {
    isOn = true;
    if (stdin.isTTY) stdin.setRawMode(true);
    stream.write(enterScreen);
    draw();
  };
  const leave = (): void => {
    if (!isOn) return;
    isOn = false;
    if (stdin.isTTY) stdin.setRawMode(false);
    stream.write(leaveScreen);
  };
  const onKeys = (bytes: Buffer): void => {
    for (const key of bytes.toString('latin1')) {
      if (key === 'q' || key === 'Q') options.onQuit();
      // Raw keys raise no signals by themselves.
      if (key === '\u0003') process.kill(process.pid, 'SIGINT');
      if (key === '\u001a') {
        leave();
        process.kill(process.pid, 'SIGTSTP');
      }
      if (key === '\f') draw();
    }
  };
  return {
    isLive: true,
    begin: () => {
      output.setLive(true);
      stream.on('resize', draw);
      process.on('SIGCONT', enter);
      process.on('exit', leave);
      if (stdin.isTTY) stdin.on('data', onKeys).resume();
      enter();
    },
    show: (moment) => {
      outage = moment.outage;
      draw();
    },
    programLine: (line) => {
      tail.push(line);
      if (tail.length > tailLines) tail.shift();
    },
    end: () => {
      stream.off('resize', draw);
      process.off('SIGCONT', enter);
      process.off('exit', leave);
      if (stdin.isTTY) stdin.off('data', onKeys).pause();
      leave();
      output.setLive(false);
    },
  };
}

/** How the page was asked for. */
export interface PageOptions {
  /** 0: a free one. */
  readonly port: number;
  readonly opens: boolean;
}

interface PageViewOptions {
  readonly host: string;
  readonly intervalMs: number;
  readonly charts: readonly Chart[];
  readonly page: PageOptions;
}

/** The samples on a page of this machine's loopback; says where, and opens it where that is wanted. */
export async function pageView(
  { host, intervalMs, charts, page }: PageViewOptions,
  context: TaskContext,
): Promise<View> {
  const { output } = context;
  const server = await PageServer.listen(pageData(host, intervalMs, charts), page.port);
  let isOut = false;
  return {
    isLive: false,
    begin: () => {
      const { url } = server;
      if (output.json) output.data(JSON.stringify({ event: 'page', url }));
      else if (output.isQuiet) output.data(url);
      else output.emit({ event: 'note', text: `The dashboard is at ${url} (Ctrl-C ends it)` });
      if (page.opens) openResult(url, 'desktop', context).catch(() => undefined);
    },
    show: ({ sample, outage }) => {
      server.add(pageSample(charts, sample, outage));
      if (outage !== undefined && !isOut)
        output.emit({ event: 'warning', message: outage.why, hints: ['Trying again'] });
      isOut = outage !== undefined;
    },
    programLine: (line) => output.emit({ event: 'output', title: 'program', line }),
    end: async () => await server.close(),
  };
}
