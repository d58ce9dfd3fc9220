import { CancellationScope, condition } from '@temporalio/workflow';
import type { ExperimentPlan, ExperimentTask } from '../../activities/experiment/experiment-plan.js';
import { describeFailure } from '../failures.js';
import { startable, unreachable, type TaskState } from './planner.js';

/** Tasks at work and ended; replaced entry by entry while they run. */
export interface TaskBoard {
  readonly states: Map<string, TaskState>;
  /** Why a task failed, in the words of its innermost failure. */
  readonly failures: Map<string, string>;
}

export interface TaskHooks {
  readonly work: (task: ExperimentTask) => Promise<void>;
  /** Called when the board has changed. */
  readonly changed: () => void;
}

/**
 * Does every task of a plan that can be done, each as soon as what it needs is there. One that fails keeps nothing from being done but what needs
 * it. Cancellation waits for the tasks at work, so that trainings and servers are ended in order.
 */
export async function runTasks(plan: ExperimentPlan, board: TaskBoard, { work, changed }: TaskHooks): Promise<void> {
  const { states, failures } = board;
  const atWork = (): number => [...states.values()].filter((state) => state === 'running').length;
  const enter = (id: string, state: TaskState): void => {
    states.set(id, state);
    changed();
  };
  const launch = (task: ExperimentTask): void => {
    enter(task.id, 'running');
    work(task).then(
      () => enter(task.id, 'done'),
      (error: unknown) => {
        failures.set(task.id, describeFailure(error).message);
        enter(task.id, 'failed');
      },
    );
  };
  const skipUnreachable = (): void => {
    for (let lost = unreachable(plan, states); lost.length > 0; lost = unreachable(plan, states))
      for (const { id } of lost) enter(id, 'skipped');
  };
  try {
    for (;;) {
      skipUnreachable();
      startable(plan, states).forEach(launch);
      const running = atWork();
      if (running === 0) return;
      await condition(() => atWork() < running);
    }
  } finally {
    await CancellationScope.nonCancellable(() => condition(() => atWork() === 0));
  }
}
