import type { Chart } from '../../monitor/chart.ts';
import { pageData, pageSample } from '../../monitor/page-data.ts';
import type { TaskContext } from '../../runner/context.ts';
import { openResult } from '../flame/open-result.ts';
import { PageServer } from './page-server.ts';
import type { View } from './view.ts';

/** How the page was asked for. */
export interface PageWish {
  /** 0: a free one. */
  readonly port: number;
  readonly opens: boolean;
}

interface PageViewOptions {
  readonly host: string;
  readonly intervalMs: number;
  readonly charts: readonly Chart[];
  readonly wish: PageWish;
}

/** The samples on a page of this machine's loopback; says where, and opens it where that is wanted. */
export async function pageView(
  { host, intervalMs, charts, wish }: PageViewOptions,
  context: TaskContext,
): Promise<View> {
  const { output } = context;
  const server = await PageServer.listen(pageData(host, intervalMs, charts), wish.port);
  let isAway = false;
  return {
    isLive: false,
    begin: () => {
      const { url } = server;
      if (output.json) output.data(JSON.stringify({ event: 'page', url }));
      else if (output.isQuiet) output.data(url);
      else output.emit({ event: 'note', text: `The dashboard is at ${url} (Ctrl-C ends it)` });
      if (wish.opens) openResult(url, 'desktop', context).catch(() => undefined);
    },
    show: ({ sample, away }) => {
      server.add(pageSample(charts, sample, away));
      if (away !== undefined && !isAway)
        output.emit({ event: 'warning', message: away.why, hints: ['Trying again'] });
      isAway = away !== undefined;
    },
    programLine: (line) => output.emit({ event: 'output', title: 'program', line }),
    end: async () => await server.close(),
  };
}
