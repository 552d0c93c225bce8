import { darkTheme, lightTheme, type Theme } from './timeline/theme.ts';

function themeRules(theme: Theme): string {
  const hues = theme.running.map((hue, number) => `.h${number}{fill:${hue};stroke:${theme.edge[number]}}`);
  return (
    `:root{--page:${theme.page};--band:${theme.band};--line:${theme.line};--ink:${theme.ink};--muted:${theme.muted};` +
    `--failure:${theme.failure};--skew:${theme.skew};--match:${theme.match};--area:${theme.area};` +
    `--run:${theme.running[0]};--wait:${theme.waiting[0]};--edge:${theme.edge[0]}}${hues.join('')}`
  );
}

/** The page's style sheet: light, dark where the reader wants it, and light again on paper. */
export function timelineStyle(): string {
  return (
    themeRules(lightTheme) +
    `@media screen and (prefers-color-scheme:dark){:root{color-scheme:dark}${themeRules(darkTheme)}}` +
    '*{box-sizing:border-box}' +
    'body{margin:0;padding:16px 20px 28px;background:var(--page);color:var(--ink);' +
    'font:14px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}' +
    'h1{font-size:19px;line-height:1.3;margin:0;overflow-wrap:anywhere}h2{font-size:13px;margin:0 0 4px}' +
    'p{margin:2px 0}.muted,.sub{color:var(--muted)}.sub b{color:var(--ink);font-weight:600}' +
    '.bad{color:var(--failure)}.clock{color:var(--skew)}' +
    '#bar{display:none;flex-wrap:wrap;gap:6px;align-items:center;margin:10px 0 8px}.live #bar{display:flex}' +
    'button,input{font:inherit;font-size:13px;height:28px;border:1px solid var(--line);border-radius:5px;background:var(--page);color:var(--ink);padding:0 9px}' +
    'button{cursor:pointer}button:hover{background:var(--band)}button[aria-pressed=true]{border-color:var(--ink)}' +
    'input{width:240px;flex:0 1 240px}#count:empty,[hidden]{display:none}#count{color:var(--muted);font-variant-numeric:tabular-nums}' +
    ':focus-visible{outline:2px solid var(--match);outline-offset:1px}' +
    'main{display:grid;grid-template-columns:minmax(0,1fr) 300px;gap:20px;align-items:start}' +
    '#frame{border:1px solid var(--line);border-radius:6px;overflow:hidden;position:relative}' +
    '#chart{overflow-x:hidden;overflow-y:auto}canvas{display:block;position:sticky;top:0;touch-action:none}' +
    'canvas:focus-visible{outline-offset:-2px}' +
    '#zone{position:absolute;top:0;bottom:0;background:var(--match);opacity:.2;pointer-events:none}' +
    '#details{min-height:46px;padding:7px 2px;font-size:13px;color:var(--muted)}' +
    '#details span,#tip span{margin-left:12px}#details b,#tip b{color:var(--ink);overflow-wrap:anywhere}' +
    'i{font-style:normal;color:var(--muted)}#details bdi,#details q,#tip bdi,#tip q{color:var(--ink);overflow-wrap:anywhere}' +
    '#tip{position:fixed;z-index:2;max-width:340px;padding:7px 10px;background:var(--page);border:1px solid var(--muted);border-radius:6px;' +
    'box-shadow:0 3px 12px rgb(0 0 0/.25);font-size:13px;pointer-events:none}#tip span{display:block;margin:0}#tip i{display:inline-block;width:64px}' +
    'aside section{margin-bottom:18px}table{border-collapse:collapse;width:100%;font-size:13px;table-layout:fixed}th{width:66px}th:first-child{width:auto}th:nth-child(2){width:54px}.named{display:flex}.named bdi{min-width:0}' +
    'td,th{padding:2px 0 2px 6px;text-align:right;font-weight:400;font-variant-numeric:tabular-nums;white-space:nowrap;vertical-align:top}' +
    'td:first-child,th:first-child{padding-left:0;text-align:left;white-space:normal;overflow-wrap:anywhere}' +
    'thead th{color:var(--muted);border-bottom:1px solid var(--line)}tbody tr:first-child>*{padding-top:4px}' +
    '.swatch{flex:none;width:11px;height:11px;margin:4px 6px 0 0}.swatch rect{stroke-width:1}' +
    '.share{display:block;width:100%;height:4px;margin-top:1px}.share rect{stroke:none}.share .all{fill:var(--band)}.share .part{fill:var(--ink)}' +
    '.key{display:grid;grid-template-columns:46px 1fr;gap:4px 8px;font-size:13px;align-items:center;margin:0}.key dt,.key dd{margin:0}.key svg{display:block}' +
    '.run{fill:var(--run)}.wait{fill:var(--wait)}.edge{fill:none;stroke:var(--edge)}.red{fill:none;stroke:var(--failure);stroke-width:1.5}' +
    '.amber{fill:none;stroke:var(--skew);stroke-width:1.5}.dash{fill:none;stroke:var(--muted);stroke-dasharray:4 3}.ink{fill:none;stroke:var(--ink);stroke-width:3}.gap{fill:var(--page)}' +
    '@media(max-width:900px){main{grid-template-columns:minmax(0,1fr)}aside{display:grid;grid-template-columns:repeat(auto-fit,minmax(240px,1fr));gap:0 28px}}' +
    '@media print{body{padding:0}#bar,#details,#tip,.live #bar{display:none}main{display:block}#frame{margin:10px 0 16px;border:0}' +
    '#chart{overflow:visible;height:auto!important}canvas{width:100%!important;height:auto!important;position:static}#inside{height:auto!important}' +
    'aside{display:grid;grid-template-columns:1fr 1fr;gap:0 28px}section{break-inside:avoid}}'
  );
}
