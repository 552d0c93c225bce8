import type { Cluster } from './cluster.ts';
import type { Lookout } from './waiting.ts';

/** What each dialect can be asked; waiting, and finding out the dialect, are built on it. */
export type DialectClient = Omit<Cluster, 'address' | 'dialect' | 'wait' | 'close'> & Lookout;
