import { labelFontPx } from './label.ts';
import { darkPalette, lightPalette, type Palette, paintRules } from './palette.ts';

const sans = 'system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",Verdana,sans-serif';
const mono = 'ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",Consolas,"Liberation Mono",monospace';

function themeRules(palette: Palette): string {
  return (
    `#page,.bar{fill:${palette.page}}text{fill:${palette.text}}.muted{fill:${palette.muted}}` +
    `#frames text{fill:${palette.label}}#frames .parent+text{fill:${palette.text}}` +
    `#frames.searching text:not(.hit){fill:${palette.muted}}#frames rect:hover,#ring{stroke:${palette.text}}` +
    `.inlined{stroke:${palette.label};stroke-opacity:.6}` +
    `.swatch{stroke:${palette.line}}.alert{fill:${palette.alert}}` +
    `input{color:${palette.text};background:${palette.page};border-color:${palette.line}}` +
    `.button rect{fill:${palette.page};stroke:${palette.line}}.button.on rect{stroke:${palette.text}}` +
    `.parent{opacity:${palette.callerOpacity}}.searching rect:not(.hit){opacity:${palette.unmatchedOpacity}}` +
    paintRules(palette)
  );
}

/**
 * The picture's style sheet. Colours are written out instead of CSS variables, which programs that turn SVG into PNG
 * do not know; the dark theme overrides them.
 */
export function styleSheet(): string {
  return (
    `text{font:12px ${sans}}#title{font-size:17px;font-weight:600}` +
    `#frames text{font:${labelFontPx}px ${mono};pointer-events:none;white-space:pre}` +
    '#frames rect:hover{stroke-width:1}.live #frames rect,.live .legend,.button{cursor:pointer}' +
    '.inlined{stroke-width:1;stroke-dasharray:3 2}' +
    '.swatch{stroke-width:1}#ring{fill:none;stroke-width:2;pointer-events:none}' +
    '.legend.on text{text-decoration:underline}#frames:focus:not(:focus-visible){outline:none}' +
    '.hidden{display:none}.button text{text-anchor:middle}.end{text-anchor:end}' +
    `input{box-sizing:border-box;width:100%;height:100%;border:1px solid;border-radius:4px;padding:0 7px;font:12px ${mono}}` +
    themeRules(lightPalette) +
    `@media(prefers-color-scheme:dark){${themeRules(darkPalette)}}`
  );
}
