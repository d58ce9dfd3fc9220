import { isServedPool } from './question/served-pool.js';

/** Queue of all workflows. */
export const WORKFLOW_QUEUE = 'cotmill';
/** Queue of storage, planning and rule checks. */
export const IO_QUEUE = 'cotmill-io';
/** Queue of jobs (trainings, servers) and of what is asked of models served for it. Its workers see the directories of the launchers. */
export const JOBS_QUEUE = 'cotmill-jobs';
/** Queue of the calls to one inference pool: workers near its GPUs can serve it alone. Models that are served for a run are asked by the workers of jobs. */
export const poolQueue = (pool: string): string => (isServedPool(pool) ? JOBS_QUEUE : `cotmill-pool-${pool}`);
