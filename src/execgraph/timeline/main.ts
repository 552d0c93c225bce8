import { part } from '../../picture/page/elements.ts';
import type { TimelineData } from '../timeline-data.ts';
import { Scene } from './scene.ts';
import { Viewer } from './viewer.ts';

const data: TimelineData = JSON.parse(part(document, '#data', HTMLScriptElement).textContent ?? '');
document.body.classList.toggle('live', true);
new Viewer(new Scene(data));
