import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { DeploymentInput } from '../../config/deployment.js';
import { parseDeployment } from '../../config/load.js';
import { Recipe, type RecipeInput } from '../../config/recipe.js';
import { connectClient } from '../../workers/connection.js';
import type { Environment } from '../../workers/dependencies.js';
import { serve, type Serving } from '../../workers/serve.js';
import type { TemporalServer } from '../../workers/stack/temporal-server.js';
import {
  fakeQuestion,
  startFakeModelServer,
  type FakeModelOptions,
  type FakeModelServer,
} from '../fakes/model-server.js';
import { temporalServer } from './servers.js';
import { temporaryDirectory } from './temporary-directory.js';

/** A whole cotmill on this machine: real Temporal, real store, real workers; only the model server is the fake one. */
export interface System {
  readonly directory: string;
  readonly temporal: TemporalServer;
  readonly model: FakeModelServer;
  readonly client: Client;
  readonly deployment: DeploymentInput;
  /** Starts workers in this process; they stop with the system. */
  serve(environment?: Environment): Promise<Serving>;
  stop(): Promise<void>;
}

export interface SystemOptions {
  readonly questions?: number;
  readonly model?: FakeModelOptions;
  readonly endpoint?: Partial<DeploymentInput['pools'][string]['endpoints'][number]>;
  readonly store?: DeploymentInput['store'];
  readonly temporal?: TemporalServer;
  /** Also launchers and what runs on them, in the system's directory. */
  readonly training?: (directory: string) => Partial<DeploymentInput>;
}

export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const folder = temporaryDirectory('system');
  const rows = Array.from({ length: options.questions ?? 12 }, (_, index) => JSON.stringify(fakeQuestion(index)));
  writeFileSync(join(folder.path, 'questions.jsonl'), rows.join('\n'));
  const temporal = options.temporal ?? (await temporalServer());
  const model = await startFakeModelServer(options.model);
  const deployment: DeploymentInput = {
    temporal: { address: temporal.address, namespace: 'default' },
    store: options.store ?? { kind: 'file', directory: join(folder.path, 'store') },
    inputs: { data: { kind: 'directory', directory: folder.path } },
    pools: {
      fake: {
        model: 'fake-model',
        endpoints: [{ url: model.url, maxConcurrency: 64, ...options.endpoint }],
        price: { inputPerMillion: 1, outputPerMillion: 2 },
      },
    },
    ...options.training?.(folder.path),
  };
  const client = await connectClient(parseDeployment(deployment, 'test').temporal);
  const servings: Serving[] = [];
  return {
    directory: folder.path,
    temporal,
    model,
    client,
    deployment,
    async serve(environment = process.env) {
      const serving = await serve(parseDeployment(deployment, 'test'), { environment });
      servings.push(serving);
      return serving;
    },
    async stop() {
      await Promise.allSettled(servings.map((serving) => serving.stop()));
      await client.connection.close();
      await model.close();
      if (!options.temporal) await temporal.stop();
      folder.remove();
    },
  };
}

/** A recipe with every role on the fake pool. */
export function fakeRecipe(changes: Partial<RecipeInput> = {}): RecipeInput {
  return {
    name: 'exercises',
    sources: [{ name: 'exercises', path: 'questions.jsonl', fields: { question: 'question', answer: 'answer' } }],
    teachers: [{ name: 'teacher', pool: 'fake', chains: 4, sampling: { temperature: 0.8, maxTokens: 2048 } }],
    validation: { judge: { pool: 'fake' } },
    scoring: { pool: 'fake' },
    alignment: { critic: { pool: 'fake' }, rewriter: { pool: 'fake' } },
    ...changes,
  };
}

export const checkedRecipe = (changes: Partial<RecipeInput> = {}): Recipe => Recipe.parse(fakeRecipe(changes));
