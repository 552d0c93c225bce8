import type { History } from '../../monitor/history.ts';
import { type Away, screenLines } from '../../monitor/screen.ts';
import type { TaskContext } from '../../runner/context.ts';
import { speaksUtf8 } from '../../util/terminal-text.ts';
import type { View } from './view.ts';

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
  let away: Away | undefined;
  let isOn = false;

  const draw = (): void => {
    if (!isOn) return;
    const lines = screenLines({
      history: options.history,
      host: options.host,
      intervalMs: options.intervalMs,
      elapsedMs: Date.now() - begun,
      away,
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
      away = moment.away;
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
