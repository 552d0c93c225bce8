import type { Rule } from '../tally.ts';
import type { Effects } from './effects.ts';
import type { RecordedCase } from './recorded-case.ts';

export type CommandRule = Rule<RecordedCase, Effects>;

export const commandRules: readonly CommandRule[] = [];
