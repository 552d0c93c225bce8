import { type LoggerInterface, parse, type Spec, textMetrics, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { textEms } from '../../picture/font-metrics.ts';
import { trusted } from '../../util/brand.ts';
import { fillPatterns } from './look.ts';

declare module 'vega' {
  interface MeasuredText {
    readonly fontSize?: number;
    readonly fontWeight?: string | number;
  }
  /** Vega's own measure of texts (vega-scenegraph, src/util/text.js), which may be replaced. */
  const textMetrics: { width: (item: MeasuredText, text: string) => number };
}

/** What Vega says of every mark, which tells a reader nothing that its label does not. */
const noise =
  /(?<=role-title-(?:text|subtitle)") role="graphics-symbol" aria-roledescription="[^"]*" aria-label="[^"]*"| aria-roledescription="[^"]*"/g;

/** What marks say of themselves as titles, which viewers of pictures show as tooltips, instead of as labels. */
export function titled(svg: string): string {
  return svg.replace(/<(\w+)([^<>]*) aria-label="([^"]*)"([^<>]*)\/>/g, '<$1$2$4><title>$3</title></$1>');
}

/** The Vega specification of a Vega-Lite one. @throws Error for what Vega-Lite warns about: a wrong picture is no picture. */
export function compiled(spec: TopLevelSpec): Spec {
  const fail = (...words: readonly unknown[]): never => {
    throw new Error(words.join(' '));
  };
  const logger = {
    level: () => logger,
    error: fail,
    warn: fail,
    info: () => logger,
    debug: () => logger,
  };
  return compile(spec, { logger: trusted<LoggerInterface>(logger) }).spec;
}

/** Draws a specification as an SVG document that stands alone: no scripts, no files, no fonts from elsewhere. */
export async function renderSvg(spec: Spec): Promise<string> {
  textMetrics.width = (item, text) =>
    textEms(String(text ?? ''), item.fontWeight === 'bold' ? 'bold' : 'regular') * (item.fontSize ?? 11);
  const view = new View(parse(spec), { renderer: 'none' });
  try {
    const svg = await view.toSVG();
    return svg.replace(/(<svg[^>]*>)/, `$1<defs>${fillPatterns()}</defs>`).replace(noise, '');
  } finally {
    view.finalize();
  }
}
