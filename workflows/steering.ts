import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import { checkConcurrency } from './input.js';
import { control, getProgress, pause, resume, setConcurrency, type Control, type Progress } from './messages.js';

export interface SteeringOptions {
  /** Concurrency 0: not said yet. */
  readonly initial: Control;
  /** What the workflow knows of itself beside its steering. */
  readonly progress: () => Omit<Progress, 'paused' | 'concurrency'>;
  /** Why there is nothing to pause or to speed up now; undefined: there is. @default there always is */
  readonly deaf?: () => string | undefined;
  /** Passes on what an operator said. */
  readonly tell: (next: Control) => Promise<void>;
}

/** What an operator has said so far. */
export interface Steering {
  control: Control;
}

/** Takes the messages of operators and of a parent, and answers how far the workflow is. To be called before the first await. */
export function acceptSteering({ initial, progress, tell, deaf = () => undefined }: SteeringOptions): Steering {
  const steering: Steering = { control: initial };
  const report = (): Progress => ({ ...progress(), ...steering.control });
  const steer = async (next: Control): Promise<Progress> => {
    steering.control = next;
    await tell(next);
    return report();
  };
  setHandler(getProgress, report);
  const checkHears = (): void => {
    const why = deaf();
    if (why !== undefined) throw ApplicationFailure.nonRetryable(why, 'Input.Invalid');
  };
  setHandler(pause, () => steer({ ...steering.control, paused: true }), { validator: checkHears });
  setHandler(resume, () => steer({ ...steering.control, paused: false }));
  setHandler(setConcurrency, (concurrency) => steer({ ...steering.control, concurrency }), {
    validator(concurrency) {
      checkConcurrency(concurrency);
      checkHears();
    },
  });
  setHandler(control, async ({ paused, concurrency }) => {
    await steer({ paused, concurrency: concurrency || steering.control.concurrency });
  });
  return steering;
}
