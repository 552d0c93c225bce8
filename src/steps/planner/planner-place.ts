import { join } from 'node:path';
import { stateDirectory } from '../../faasm/directories.ts';
import { loadSettings } from '../../faasm/settings.ts';
import type { TaskContext } from '../../runner/context.ts';
import { shellLine } from '../../util/shell-word.ts';

export interface PlaceArgs {
  readonly plannerHost: string | undefined;
  readonly plannerPort: number | undefined;
}

/** An embedded planner's address, and the files that go with it. */
export interface PlannerPlace {
  readonly host: string;
  readonly port: number;
  /** `HOST:PORT` */
  readonly address: string;
  /** Holds the process id of the planner that listens there. */
  readonly pidFile: string;
  readonly logFile: string;
  /** A task's command line that means this planner, to be typed where this one was. */
  readonly command: (...words: readonly string[]) => string;
}

/** Where a planner of this machine listens: flags, then the settings. */
export async function plannerPlace(args: PlaceArgs, context: TaskContext): Promise<PlannerPlace> {
  const settings = await loadSettings(context);
  const said = args.plannerHost ?? settings.value('plannerHost');
  // `localhost` may mean ::1 as well; clients try both.
  const host = said === 'localhost' ? '127.0.0.1' : said;
  const port = args.plannerPort ?? settings.value('plannerPort');
  const stem = join(stateDirectory(context.env), `planner-${encodeURIComponent(host)}_${port}`);
  const flags = [
    ...(args.plannerHost === undefined ? [] : [`--planner-host=${args.plannerHost}`]),
    ...(args.plannerPort === undefined ? [] : [`--planner-port=${args.plannerPort}`]),
  ];
  return {
    host,
    port,
    address: host.includes(':') && !host.startsWith('[') ? `[${host}]:${port}` : `${host}:${port}`,
    pidFile: `${stem}.pid`,
    logFile: `${stem}.log`,
    command: (...words) => shellLine(['tasks', ...words, ...flags]),
  };
}
