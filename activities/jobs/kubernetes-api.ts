import type {
  AuthorizationV1Api,
  BatchV1Api,
  ConfigurationOptions,
  CoreV1Api,
  KubeConfig,
  ObservableMiddleware,
  V1Job,
  V1Pod,
} from '@kubernetes/client-node';
import { JobLauncherError } from './job-launcher.js';
import { codeOf, kubernetesError, type ApiPlace } from './kubernetes-errors.js';

const TIMEOUT_MS = 60_000;
/** What the client takes where there is no kubeconfig and no service account. */
const NO_CONFIGURATION = 'loaded-context';

export interface KubernetesApiOptions {
  /** @default the current one, or that of the pod */
  readonly context?: string | undefined;
  readonly namespace: string;
}

/** A right that the launcher needs. */
export interface KubernetesRight {
  readonly verb: 'create' | 'get' | 'delete' | 'list';
  readonly group: 'batch' | '';
  readonly resource: 'jobs' | 'pods';
}

/** The verbs of the API that the launcher needs. Errors are JobLauncherError. */
export interface KubernetesApi {
  /** False when there is a Job of that name. */
  create(job: V1Job): Promise<boolean>;
  get(name: string): Promise<V1Job | undefined>;
  pods(jobName: string): Promise<V1Pod[]>;
  /** The Job stays until its pods are gone. Nothing happens to one that is not there. */
  remove(name: string): Promise<void>;
  /** Whether the API lets us. */
  may(right: KubernetesRight): Promise<boolean>;
  place(): Promise<ApiPlace>;
}

interface Clients {
  readonly batch: BatchV1Api;
  readonly core: CoreV1Api;
  readonly authorization: AuthorizationV1Api;
  readonly place: ApiPlace;
  readonly limited: ConfigurationOptions<ObservableMiddleware>;
}

/** The kubeconfig (KUBECONFIG, ~/.kube/config) or the pod's service account is read at the first call; the client is large and loaded only then. */
export function createKubernetesApi({ context, namespace }: KubernetesApiOptions): KubernetesApi {
  let opened: Promise<Clients> | undefined;

  function clients(): Promise<Clients> {
    opened ??= openClients(context, namespace).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  }

  async function ask<Answer>(doing: string, work: (clients: Clients) => Promise<Answer>): Promise<Answer> {
    const known = await clients();
    try {
      return await work(known);
    } catch (error) {
      throw kubernetesError(error, doing, known.place);
    }
  }

  return {
    create: (body) =>
      ask(`create the Job ${body.metadata?.name}`, ({ batch, limited }) =>
        unless(409, batch.createNamespacedJob({ namespace, body }, limited)),
      ).then((job) => job !== undefined),
    get: (name) =>
      ask(`read the Job ${name}`, ({ batch, limited }) =>
        unless(404, batch.readNamespacedJob({ namespace, name }, limited)),
      ),
    pods: async (jobName) => {
      const labelSelector = `job-name=${jobName}`;
      const list = await ask(`list the pods of the Job ${jobName}`, ({ core, limited }) =>
        core.listNamespacedPod({ namespace, labelSelector }, limited),
      );
      return list.items;
    },
    async remove(name) {
      await ask(`delete the Job ${name}`, ({ batch, limited }) =>
        unless(404, batch.deleteNamespacedJob({ namespace, name, propagationPolicy: 'Foreground' }, limited)),
      );
    },
    async may({ verb, group, resource }) {
      const spec = { resourceAttributes: { namespace, verb, group, resource } };
      const review = await ask('tell what this account may do', ({ authorization, limited }) =>
        authorization.createSelfSubjectAccessReview({ body: { spec } }, limited),
      );
      return review.status?.allowed === true;
    },
    place: () => clients().then(({ place }) => place),
  };
}

/** The answer, or undefined for one HTTP code. */
async function unless<Answer>(code: number, answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (codeOf(error) === code) return undefined;
    throw error;
  }
}

async function openClients(context: string | undefined, namespace: string): Promise<Clients> {
  const client = await import('@kubernetes/client-node');
  const config = new client.KubeConfig();
  chooseContext(config, context);
  // The client itself would wait for ever.
  const timeLimit: ObservableMiddleware = {
    pre(request) {
      request.setSignal(AbortSignal.timeout(TIMEOUT_MS));
      return new client.Observable(Promise.resolve(request));
    },
    post: (response) => new client.Observable(Promise.resolve(response)),
  };
  return {
    batch: config.makeApiClient(client.BatchV1Api),
    core: config.makeApiClient(client.CoreV1Api),
    authorization: config.makeApiClient(client.AuthorizationV1Api),
    place: { server: config.getCurrentCluster()?.server ?? '', namespace },
    limited: { middleware: [timeLimit], middlewareMergeStrategy: 'append' },
  };
}

/** Throws JobLauncherError where there is nothing that says where the cluster is. */
function chooseContext(config: KubeConfig, context: string | undefined): void {
  const fail = (message: string, cause?: unknown): JobLauncherError =>
    new JobLauncherError(message, { retryable: false, cause });
  try {
    config.loadFromDefault();
  } catch (error) {
    throw fail(`The kubeconfig can't be read: ${error instanceof Error ? error.message : String(error)}.`, error);
  }
  if (config.getCurrentContext() === NO_CONFIGURATION)
    throw fail(
      'There is no Kubernetes cluster to ask: set KUBECONFIG, write ~/.kube/config, or run this worker in a pod with a service account.',
    );
  const known = config.getContexts().map(({ name }) => name);
  if (context !== undefined && !known.includes(context))
    throw fail(`Context "${context}" is not in the kubeconfig; it has: ${known.join(', ') || 'none'}.`);
  if (context !== undefined) config.setCurrentContext(context);
  if (config.getCurrentCluster() === null)
    throw fail(
      `The kubeconfig names no cluster for the context "${config.getCurrentContext()}": name another one in the launcher.`,
    );
}
