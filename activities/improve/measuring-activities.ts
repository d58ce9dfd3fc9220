import type { Deployment } from '../../config/deployment.js';
import { watching, withEffort } from '../activity-context.js';
import type { ServedModel } from '../serving/served-model.js';
import type { ObjectStore } from '../store/object-store.js';
import { measureOverEndpoint, measureRound, type MeasuredRound } from './measure-round.js';
import { openRound } from './open-round.js';
import { createPerplexityJobs, type PerplexityJobDependencies } from './perplexity-job.js';
import { createPerplexityStore } from './perplexity.js';
import { createPromptLogprobs } from './prompt-logprobs.js';
import type { ExploredRound } from './round-plan.js';

/** Requests for prompt log-probabilities at the same time: each holds the logits of a whole text on the server. [ours] */
const ENDPOINT_REQUESTS = 8;

export interface MeasuringDependencies extends Pick<PerplexityJobDependencies, 'launchers' | 'python' | 'pollMs'> {
  readonly store: ObjectStore;
  readonly deployment: Deployment;
}

/** Activities that give the thoughts of a round their perplexities. */
export function createMeasuringActivities(dependencies: MeasuringDependencies) {
  const { store, deployment } = dependencies;
  const perplexities = createPerplexityStore(store);
  const measureByLaunchedJob = createPerplexityJobs({ ...dependencies, trainers: deployment.trainers });

  /** Measures the thoughts of a round by a launched job. Fails with Training.Failed. */
  async function measureByJob(round: ExploredRound): Promise<MeasuredRound> {
    return withEffort(async ({ signal, cancelled, execution, progress }) => {
      const report = watching({ signal, progress });
      const open = await openRound({ store, deployment }, round);
      const { opening, chatTemplateKwargs } = open.measuring.measured;
      const job = {
        trainer: open.student.trainer,
        model: open.current.checkpoint.directory,
        settings: open.selfImprove.perplexity,
        ...{ opening, chatTemplateKwargs, execution },
      };
      return measureRound(
        { store, perplexities },
        {
          ...{ round, open, by: 'job' },
          measure: (thoughts) => measureByLaunchedJob({ ...job, thoughts }, { cancelled, report }),
        },
        { signal, report },
      );
    });
  }

  /** Measures the thoughts of a round over the endpoint of its student. Fails with Pool.Misconfigured when that can't. */
  async function measureByEndpoint({
    served,
    ...round
  }: ExploredRound & { served: ServedModel }): Promise<MeasuredRound> {
    return withEffort(async ({ signal, progress: report }) => {
      const open = await openRound({ store, deployment }, round);
      const { opening, chatTemplateKwargs } = open.measuring.measured;
      const endpoint = createPromptLogprobs({
        name: `server "${served.server}"`,
        ...{ url: served.url, model: served.model, opening, chatTemplateKwargs, connections: ENDPOINT_REQUESTS },
      });
      try {
        return await measureRound(
          { store, perplexities },
          {
            ...{ round, open, by: 'endpoint' },
            measure: (thoughts) => measureOverEndpoint(endpoint, thoughts, { signal, atOnce: ENDPOINT_REQUESTS }),
          },
          { signal, report },
        );
      } finally {
        await endpoint.close();
      }
    });
  }

  return { measureByJob, measureByEndpoint };
}
