import type { TimelineData } from '../timeline-data.ts';
import { found, type PageWindow } from './dom.ts';
import { Scene } from './scene.ts';
import { Viewer } from './viewer.ts';

declare const window: PageWindow;

const data: TimelineData = JSON.parse(found(window.document.querySelector('#data')).textContent ?? '');
window.document.body.classList.toggle('live', true);
new Viewer(window, new Scene(data));
