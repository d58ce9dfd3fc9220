import type { ExperimentPlan, ExperimentTask } from '../../activities/experiment/experiment-plan.js';

/** What became of the tasks that were started, by their ids. */
export type Standing = ReadonlyMap<string, TaskState>;
/** `skipped`: another task failed that it needs. */
export type TaskState = 'running' | 'done' | 'failed' | 'skipped';

/** Tasks that can be started now, in the order of the plan: what they need is done, and their lane has a place. Pure. */
export function startable({ tasks, lanes }: ExperimentPlan, standing: Standing): readonly ExperimentTask[] {
  const taken = new Map<string, number>();
  const take = ({ lane }: ExperimentTask): void => void taken.set(lane, (taken.get(lane) ?? 0) + 1);
  tasks.filter(({ id }) => standing.get(id) === 'running').forEach(take);
  return tasks.filter((task) => {
    const ready = !standing.has(task.id) && task.needs.every((id) => standing.get(id) === 'done');
    const isFree = (taken.get(task.lane) ?? 0) < (lanes[task.lane] ?? 1);
    if (ready && isFree) take(task);
    return ready && isFree;
  });
}

/** Tasks that can never start, since one that they need failed or was skipped; those that follow from them are found by the next call. Pure. */
export const unreachable = ({ tasks }: ExperimentPlan, standing: Standing): readonly ExperimentTask[] =>
  tasks.filter(
    ({ id, needs }) =>
      !standing.has(id) && needs.some((need) => ['failed', 'skipped'].includes(standing.get(need) ?? '')),
  );
