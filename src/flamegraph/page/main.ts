import type { PageData } from '../page-data.ts';
import { found, type PageWindow } from './dom.ts';
import { Viewer } from './viewer.ts';

declare const window: PageWindow;

const svg = window.document.querySelector('svg');
if (svg !== null) {
  const data: PageData = JSON.parse(found(svg.querySelector('#data')).textContent ?? '');
  new Viewer(window, svg, data).start();
}
