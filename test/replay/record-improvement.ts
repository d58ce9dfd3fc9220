import type { WorkflowHandle } from '@temporalio/client';
import { startImprovingSystem } from '../workflows/improve/improving-system.js';

/** Questions of the pool: a few are enough for a round. */
const QUESTIONS = 8;

/** Records the workflow behind a handle under a name. */
type RecordHandle = (handle: WorkflowHandle, name: string) => Promise<void>;

/** One round of self-improvement of the demonstration student, in a system of its own. */
export async function recordImprovement(record: RecordHandle): Promise<void> {
  const system = await startImprovingSystem(QUESTIONS);
  try {
    const { selfImprove } = system.recipe;
    const loop = { ...selfImprove?.loop, maxRounds: 1 };
    const recipe = { ...system.recipe, ...(selfImprove && { selfImprove: { ...selfImprove, loop } }) };
    const handle = await system.start('improved', recipe);
    await handle.result();
    await record(handle, 'self-improve');
    await record(handle.client.getHandle('improved/round/1'), 'improve-round');
  } finally {
    await system.stop();
  }
}
