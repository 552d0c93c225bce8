import { part } from '../../picture/page/elements.ts';
import type { PageData } from '../page-data.ts';
import { Dashboard } from './dashboard.ts';

const data: PageData = JSON.parse(part(document, '#data', HTMLScriptElement).textContent ?? '');
document.body.classList.toggle('live', true);
new Dashboard(data);
