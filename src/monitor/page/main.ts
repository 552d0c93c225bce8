import type { PageData } from '../page-data.ts';
import { Dashboard } from './dashboard.ts';
import { found, type PageWindow } from './dom.ts';

declare const window: PageWindow;

const data: PageData = JSON.parse(found(window.document.querySelector('#data')).textContent ?? '');
window.document.body.classList.toggle('live', true);
new Dashboard(window, data);
