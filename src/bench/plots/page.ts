import { displayHtml, policyHash } from '../../util/html.ts';

const style = `body{margin:0;background:#fff;color:#222;font:13px 'DejaVu Sans',Verdana,sans-serif}
#bar{position:sticky;top:0;padding:6px 10px;background:#fff;border-bottom:1px solid #e3e3e3}
button{font:inherit;min-width:32px}
#hint{margin-left:10px;color:#555}
#plot{overflow:auto}
svg{display:block;margin:0 auto}
svg *{pointer-events:none}
svg [aria-label]{pointer-events:all}
svg [aria-label]:hover{stroke:#000;stroke-width:2}
#tip{position:fixed;z-index:1;max-width:420px;padding:5px 8px;border:1px solid #555;background:#fff;white-space:pre-line;overflow-wrap:anywhere;pointer-events:none;box-shadow:0 1px 4px #0003}
@media print{#bar,#tip{display:none}}`;

/** Runs in the page: shows what a mark says of itself when the pointer is at or near it, and makes the picture larger. */
const script = `(() => {
  'use strict';
  const svg = document.querySelector('svg');
  const plot = document.getElementById('plot');
  const tip = document.getElementById('tip');
  const [width, height] = [svg.width.baseVal.value, svg.height.baseVal.value];
  let zoom = 1;
  const zoomTo = (next, x, y) => {
    const before = zoom;
    zoom = Math.min(12, Math.max(0.25, next));
    svg.setAttribute('width', width * zoom);
    svg.setAttribute('height', height * zoom);
    const by = zoom / before;
    plot.scrollLeft = (plot.scrollLeft + x) * by - x;
    window.scrollBy(0, (window.scrollY + y) * (by - 1));
  };
  const middle = (next) => zoomTo(next, innerWidth / 2, innerHeight / 2);
  const actions = { in: () => middle(zoom * 1.5), out: () => middle(zoom / 1.5), whole: () => middle(1) };
  for (const [id, act] of Object.entries(actions)) document.getElementById(id).addEventListener('click', act);
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = { '+': actions.in, '=': actions.in, '-': actions.out, 0: actions.whole }[event.key];
    if (act) act();
    else if (event.key === 'Escape') tip.hidden = true;
  });
  plot.addEventListener('wheel', (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoomTo(zoom * Math.exp(-event.deltaY / 400), event.clientX, event.clientY);
  }, { passive: false });
  const around = [[0, 0]];
  for (const reach of [4, 8]) {
    for (let turn = 0; turn < 8; turn++) {
      around.push([reach * Math.cos((turn * Math.PI) / 4), reach * Math.sin((turn * Math.PI) / 4)]);
    }
  }
  const near = (x, y) => {
    for (const [dx, dy] of around) {
      const mark = document.elementFromPoint(x + dx, y + dy)?.closest('[aria-label]');
      if (mark && svg.contains(mark)) return mark;
    }
  };
  const point = ({ clientX, clientY }) => {
    const mark = near(clientX, clientY);
    tip.hidden = mark === undefined;
    if (mark === undefined) return;
    tip.textContent = mark.getAttribute('aria-label');
    const { width: wide, height: tall } = tip.getBoundingClientRect();
    tip.style.left = Math.max(4, Math.min(clientX + 14, innerWidth - wide - 8)) + 'px';
    tip.style.top = (clientY + 14 + tall > innerHeight ? clientY - tall - 10 : clientY + 14) + 'px';
  };
  plot.addEventListener('pointermove', point);
  plot.addEventListener('pointerdown', point);
  plot.addEventListener('pointerleave', () => { tip.hidden = true; });
})();`;

/** A picture as one HTML file with tooltips and zoom. It asks for nothing, from no network, and allows itself nothing but its own script and style. */
export function plotPage(svg: string, title: string): string {
  const policy = `default-src 'none'; script-src ${policyHash(script)}; style-src ${policyHash(style)}; base-uri 'none'; form-action 'none'`;
  return (
    '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n' +
    `<meta http-equiv="Content-Security-Policy" content="${policy}">\n` +
    '<meta name="viewport" content="width=device-width,initial-scale=1">\n<meta name="referrer" content="no-referrer">\n' +
    `<title>${displayHtml(title)}</title>\n<style>${style}</style>\n</head>\n<body>\n` +
    '<div id="bar" role="toolbar" aria-label="View"><button id="out" title="Smaller (-)" aria-label="Smaller">−</button> <button id="in" title="Larger (+)" aria-label="Larger">+</button> <button id="whole" title="As it was (0)">1:1</button><span id="hint">Point at a mark for its numbers; Ctrl and the wheel zoom.</span></div>\n' +
    `<div id="plot">${svg}</div>\n<div id="tip" role="status" hidden></div>\n<script>${script}</script>\n</body>\n</html>\n`
  );
}

/** A picture for viewers of pictures: what marks say of themselves as titles, which are shown as tooltips, instead of as labels. */
export function titledSvg(svg: string): string {
  return svg.replace(/<(\w+)([^<>]*) aria-label="([^"]*)"([^<>]*)\/>/g, '<$1$2$4><title>$3</title></$1>');
}
