export type { Chart, Line, LineName, Sample } from './chart.ts';
export { chosenCharts, parseChoices } from './chosen-charts.ts';
export { defaultCharts } from './default-charts.ts';
export { guidePort, type HealthPlace, healthChecks, isHealthy } from './health.ts';
export { addressUrl, type HostAddress, parseHostAddress, pmproxyPort } from './host-address.ts';
export { MonitorError, type MonitorTrouble } from './monitor-error.ts';
export { openPmapi, type PmapiClient } from './pmapi-client.ts';
export { type Quantity, shownQuantity } from './quantity.ts';
export { Sampler } from './sampler.ts';
