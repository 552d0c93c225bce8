import { part } from '../../picture/page/elements.ts';
import type { PageData } from '../page-data.ts';
import { Viewer } from './viewer.ts';

const svg = document.querySelector('svg');
if (svg !== null) {
  const data: PageData = JSON.parse(part(svg, '#data', SVGScriptElement).textContent ?? '');
  new Viewer(svg, data).start();
}
