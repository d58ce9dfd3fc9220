import { z } from 'zod';
import { BaseModel, Launcher, Server, Trainer } from './launchers.js';
import { EnvironmentVariable, Name } from './names.js';

/** A timer of Node can't wait longer than 2^31 ms; no call should take a day. */
const MAX_TIMEOUT_MS = 86_400_000;

/** The Hugging Face Hub. */
export const HUB_URL = 'https://huggingface.co';

/** No user, password or query in it: keys come from the environment, and URLs are shown in logs, records and status pages. */
const PlainUrl = z
  .url({ protocol: /^https?$/, error: 'expected a URL that starts with http:// or https://' })
  .refine(
    isPlainUrl,
    'expected a URL without user, password, query or fragment; name the variable with the key instead',
  );

const Directory = z.string().min(1).describe('Directory, relative to this file.');

const Temporal = z
  .strictObject({
    profile: Name.optional().describe(
      'Profile of the Temporal configuration file (temporal.toml); TEMPORAL_* variables win over it.',
    ),
    address: z
      .string()
      .regex(/^(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]):\d{1,5}$/, 'expected host:port, such as "temporal.internal:7233"')
      .optional()
      .describe('host:port of the Temporal frontend, for servers without a profile.'),
    namespace: z
      .string()
      .min(1)
      .optional()
      .describe('Temporal namespace, when it is another than that of the profile.'),
  })
  .describe('Which Temporal service to use. Empty: the default profile and TEMPORAL_* variables.');

const FileStore = z.strictObject({
  kind: z.literal('file').describe('A directory of this machine or of a shared file system.'),
  directory: Directory,
});

const S3Store = z
  .strictObject({
    kind: z.literal('s3').describe('A bucket of any S3 server.'),
    bucket: z.string().min(1).describe('Name of the bucket. It has to exist.'),
    prefix: z.string().default('').describe('Key prefix inside the bucket.'),
    endpoint: PlainUrl.optional().describe('Endpoint of an S3 server that is not AWS.'),
    region: z.string().min(1).default('us-east-1').describe('Region of the bucket.'),
    forcePathStyle: z.boolean().default(false).describe('true for most servers that are not AWS.'),
    accessKeyIdEnv: EnvironmentVariable.optional().describe(
      'Variable with the access key id. Left out: the AWS default chain.',
    ),
    secretAccessKeyEnv: EnvironmentVariable.optional().describe(
      'Variable with the secret access key. Both or neither.',
    ),
  })
  .refine(
    (store) => (store.accessKeyIdEnv === undefined) === (store.secretAccessKeyEnv === undefined),
    'expected accessKeyIdEnv and secretAccessKeyEnv, both or neither',
  );

export const StoreConfig = z
  .discriminatedUnion('kind', [FileStore, S3Store])
  .describe('Where plans, the ledger and data sets lie.');
export type StoreConfig = z.infer<typeof StoreConfig>;

const Input = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('directory').describe('A directory that every worker sees.'),
      directory: Directory,
    }),
    z.strictObject({
      kind: z.literal('store').describe('A part of the store.'),
      prefix: z.string().min(1).describe('Prefix of the store.'),
    }),
    z.strictObject({
      kind: z.literal('hub').describe('Datasets of the Hugging Face Hub.'),
      hubUrl: PlainUrl.default(HUB_URL).describe('The Hub, or a mirror that speaks its protocol.'),
      tokenEnv: EnvironmentVariable.optional().describe(
        'Variable with an access token, for private and gated datasets. Left out: none is sent.',
      ),
      directory: Directory.optional().describe(
        'Directory of the workers, relative to this file, in which downloaded files are kept by commit: a plan that starts again goes on with what is there. It may be emptied at any time. Left out: files are read as they arrive and none is kept, as the terms of some gated sets ask for.',
      ),
    }),
  ])
  .describe('A place that recipes may read from.');
export type InputConfig = z.infer<typeof Input>;

export const EndpointConfig = z
  .strictObject({
    url: PlainUrl.describe('Base URL of an OpenAI-compatible API, up to and including /v1.'),
    apiKeyEnv: EnvironmentVariable.optional().describe(
      'Variable with the API key of this endpoint. Left out: none is sent.',
    ),
    maxConcurrency: z
      .int()
      .positive()
      .max(4096)
      .default(64)
      .describe('Calls in flight at most, a worker process; the limit adapts below it.'),
  })
  .describe('One server of a pool.');
export type EndpointConfig = z.infer<typeof EndpointConfig>;

const Price = z
  .strictObject({
    inputPerMillion: z.number().min(0).describe('Price of a million input tokens.'),
    outputPerMillion: z.number().min(0).describe('Price of a million output tokens, thought included.'),
  })
  .default({ inputPerMillion: 0, outputPerMillion: 0 })
  .describe('Price of a million tokens. Own GPUs: 0, or what an hour costs divided by what it yields.');

export const PoolConfig = z
  .strictObject({
    model: z.string().min(1).max(256).describe('Model id, as the endpoints know it. Part of the call key.'),
    endpoints: z
      .array(EndpointConfig)
      .min(1)
      .refine(
        (endpoints) => new Set(endpoints.map(({ url }) => url)).size === endpoints.length,
        'expected each URL once: raise maxConcurrency instead',
      )
      .describe('Servers of this model. They share the calls.'),
    timeoutMs: z.int().positive().max(MAX_TIMEOUT_MS).default(1_800_000).describe('Longest time one call may take.'),
    requestsPerMinute: z
      .int()
      .positive()
      .optional()
      .describe('Limit of the provider, over the whole pool and a worker process.'),
    tokensPerMinute: z
      .int()
      .positive()
      .optional()
      .describe('Limit of the provider on input and output together, over the whole pool and a worker process.'),
    price: Price,
    tokensPerSecond: z
      .number()
      .positive()
      .optional()
      .describe(
        'Tokens that it writes a second, all calls together. For estimates alone: no limit, and part of no key.',
      ),
    structuredOutput: z
      .boolean()
      .default(true)
      .describe(
        'Ask for `response_format: json_schema`. `false` for servers that refuse it; answers are validated either way.',
      ),
  })
  .describe('A model and the endpoints that serve it.');
export type PoolConfig = z.infer<typeof PoolConfig>;

const Worker = z
  .strictObject({
    activitiesPerPool: z.int().positive().default(2000).describe('Groups of asks one process takes at once, a pool.'),
    workflowTasks: z.int().positive().default(100).describe('Workflow tasks one process works on at once.'),
    cachedWorkflows: z
      .int()
      .positive()
      .default(2000)
      .describe('Workflows kept in memory; fewer than the questions in flight triples CPU time.'),
    mathVerifyProcesses: z
      .int()
      .positive()
      .max(256)
      .default(1)
      .describe('Python processes that compare mathematical answers.'),
  })
  .describe('Size of one worker process.');

const HubTarget = z.strictObject({
  kind: z.literal('hub').describe('Dataset repositories of the Hugging Face Hub.'),
  hubUrl: PlainUrl.default(HUB_URL).describe('The Hub, or a mirror that speaks its protocol.'),
  tokenEnv: EnvironmentVariable.default('HF_TOKEN').describe('Variable with an access token that may write.'),
  owners: z
    .array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,95}$/, 'expected the name of an account or organisation'))
    .default([])
    .describe(
      'Accounts and organisations that workflows may publish to; without one, only the command line may, with the rights of whoever types it.',
    ),
});

const PublishTarget = z
  .discriminatedUnion('kind', [HubTarget, FileStore, S3Store])
  .describe('Where published versions may be handed on to: the Hub, or another store of cotmill.');
export type PublishTargetConfig = z.infer<typeof PublishTarget>;

/** Where things are, as the platform engineer writes it. Read by workers and the CLI from their own disk, never sent through Temporal. */
export const Deployment = z
  .strictObject({
    temporal: Temporal.prefault({}),
    store: StoreConfig,
    inputs: z
      .record(Name, Input)
      .default({})
      .describe('Directories, store prefixes and the Hugging Face Hub, as far as recipes may read them, by name.'),
    prompts: Directory.optional().describe(
      'Directory with prompt files that stand before the built-in ones, relative to this file.',
    ),
    pools: z.record(Name, PoolConfig).describe('Models that recipes may ask, by name.'),
    publishTargets: z
      .record(Name, PublishTarget)
      .default({})
      .describe(
        'Where `cotmill publish` may hand versions on to, by name. A target `hub`, the Hugging Face Hub with the token in HF_TOKEN, is there for the command line without being written.',
      ),
    launchers: z.record(Name, Launcher).default({}).describe('Where trainings, servers and harnesses run, by name.'),
    models: z.record(Name, BaseModel).default({}).describe('Models that students are trained from, by name.'),
    trainers: z.record(Name, Trainer).default({}).describe('Ways to train, by name.'),
    servers: z.record(Name, Server).default({}).describe('Ways to serve a model for an evaluation, by name.'),
    worker: Worker.prefault({}),
  })
  .superRefine(({ launchers, trainers, servers }, context) => {
    const known = Object.keys(launchers).sort().join(', ') || 'there is none';
    for (const [kind, users] of [
      ['trainers', trainers],
      ['servers', servers],
    ] as const)
      for (const [name, { launcher }] of Object.entries<{ readonly launcher: string }>(users))
        if (!Object.hasOwn(launchers, launcher))
          context.addIssue({
            code: 'custom',
            path: [kind, name, 'launcher'],
            message: `expected the name of a launcher (${known}), found "${launcher}"`,
          });
  });
export type Deployment = z.infer<typeof Deployment>;
export type DeploymentInput = z.input<typeof Deployment>;

function isPlainUrl(text: string): boolean {
  if (!URL.canParse(text)) return true;
  const { username, password, search, hash } = new URL(text);
  return username === '' && password === '' && search === '' && hash === '';
}
