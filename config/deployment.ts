import { z } from 'zod';
import { EnvironmentVariable, Name } from './names.js';

const Temporal = z
  .strictObject({
    profile: Name.optional().describe('Profile of the Temporal configuration file (temporal.toml); TEMPORAL_* variables win over it.'),
    address: z.string().optional().describe('host:port of the Temporal frontend, for servers without a profile.'),
    namespace: z.string().optional(),
  })
  .describe('Which Temporal service to use. Empty: the default profile and TEMPORAL_* variables.');

export const StoreConfig = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('file'), directory: z.string().min(1).describe('Directory, relative to this file.') }),
    z.strictObject({
      kind: z.literal('s3'),
      bucket: z.string().min(1),
      prefix: z.string().default('').describe('Key prefix inside the bucket.'),
      endpoint: z.url().optional().describe('Endpoint of an S3 server that is not AWS.'),
      region: z.string().default('us-east-1'),
      forcePathStyle: z.boolean().default(false).describe('true for most servers that are not AWS.'),
      accessKeyIdEnv: EnvironmentVariable.optional().describe('Variable with the access key id. Left out: the AWS default chain.'),
      secretAccessKeyEnv: EnvironmentVariable.optional(),
    }),
  ])
  .describe('Where plans, the ledger and data sets lie.');
export type StoreConfig = z.infer<typeof StoreConfig>;

const Input = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('directory'), directory: z.string().min(1).describe('Directory, relative to this file.') }),
  z.strictObject({ kind: z.literal('store'), prefix: z.string().min(1).describe('Prefix of the store.') }),
]);
export type InputConfig = z.infer<typeof Input>;

export const EndpointConfig = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).describe('Base URL of an OpenAI-compatible API, up to and including /v1.'),
  apiKeyEnv: EnvironmentVariable.optional().describe('Variable with the API key of this endpoint.'),
  maxConcurrency: z.int().positive().max(4096).default(64).describe('Calls in flight at most, a worker process; the limit adapts below it.'),
});
export type EndpointConfig = z.infer<typeof EndpointConfig>;

export const PoolConfig = z
  .strictObject({
    model: z.string().min(1).describe('Model id, as the endpoints know it. Part of the call key.'),
    endpoints: z.array(EndpointConfig).min(1),
    timeoutMs: z.int().positive().default(1_800_000).describe('Longest time one call may take.'),
    requestsPerMinute: z.int().positive().optional().describe('Limit of the provider, over the whole pool and a worker process.'),
    tokensPerMinute: z.int().positive().optional(),
    price: z
      .strictObject({ inputPerMillion: z.number().min(0), outputPerMillion: z.number().min(0) })
      .default({ inputPerMillion: 0, outputPerMillion: 0 })
      .describe('Price of a million tokens. Own GPUs: 0, or what an hour costs divided by what it yields.'),
    structuredOutput: z.boolean().default(true).describe('Ask for response_format json_schema. false for servers that refuse it; answers are validated either way.'),
  })
  .describe('A model and the endpoints that serve it.');
export type PoolConfig = z.infer<typeof PoolConfig>;

const Worker = z
  .strictObject({
    activitiesPerPool: z.int().positive().default(2000).describe('Groups of asks one process takes at once, a pool.'),
    workflowTasks: z.int().positive().default(100),
    cachedWorkflows: z.int().positive().default(2000).describe('Workflows kept in memory; fewer than the questions in flight triples CPU time.'),
    heartbeatTimeoutMs: z.int().positive().default(10_000).describe('A worker that died is noticed after this time.'),
    mathVerifyProcesses: z.int().positive().default(1),
  })
  .describe('Size of one worker process.');

/** Where things are, as the platform engineer writes it. Read by workers and the CLI from their own disk, never sent through Temporal. */
export const Deployment = z.strictObject({
  temporal: Temporal.prefault({}),
  store: StoreConfig,
  inputs: z.record(Name, Input).default({}).describe('Directories and store prefixes that recipes may read, by name.'),
  prompts: z.string().optional().describe('Directory with prompt files that stand before the built-in ones, relative to this file.'),
  pools: z.record(Name, PoolConfig),
  worker: Worker.prefault({}),
});
export type Deployment = z.infer<typeof Deployment>;
export type DeploymentInput = z.input<typeof Deployment>;
