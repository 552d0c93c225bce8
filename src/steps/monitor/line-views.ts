import type { Chart } from '../../monitor/chart.ts';
import { sampleRecord } from '../../monitor/recording.ts';
import { SampleTable } from '../../monitor/table.ts';
import type { TaskContext } from '../../runner/context.ts';
import type { View } from './view.ts';

type Output = TaskContext['output'];

/** The table's head is said again after so many lines, about a terminal full. */
const headEvery = 22;

/** One line an interval, for pipes and logs. */
export function tableView(charts: readonly Chart[], output: Output): View {
  const table = new SampleTable(charts);
  let lines = 0;
  let isAway = false;
  return {
    isLive: false,
    begin: () => undefined,
    show: ({ sample, away }) => {
      if (away !== undefined && !isAway)
        output.emit({ event: 'warning', message: away.why, hints: ['Trying again'] });
      if (away === undefined && isAway)
        output.emit({ event: 'warning', message: 'The host answers again', hints: [] });
      isAway = away !== undefined;
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
    show: ({ sample, away }) => {
      output.data(JSON.stringify({ event: 'sample', ...sampleRecord(sample, away) }));
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
