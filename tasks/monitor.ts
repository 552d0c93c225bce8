import { namespace } from '../src/runner/define.ts';
import { check } from './monitor-machine.ts';

export default namespace({ doc: 'Metrics of machines: Performance Co-Pilot', tasks: { check } });
