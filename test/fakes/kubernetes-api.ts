import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runContainer, type PodSpec, type RunningContainer } from './kubernetes-node.js';

interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason?: string;
  readonly message?: string;
}

interface Metadata {
  readonly name: string;
  readonly uid: string;
  readonly creationTimestamp: string;
  readonly labels: Record<string, string>;
  readonly annotations?: Record<string, string>;
  deletionTimestamp?: string;
}

interface Pod {
  readonly metadata: Metadata;
  status: {
    phase: string;
    reason?: string;
    message?: string;
    conditions?: Condition[];
    containerStatuses?: { name: string; state: Record<string, object> }[];
  };
}

interface Job {
  readonly metadata: Metadata;
  readonly spec: {
    readonly template: { readonly metadata: { labels?: Record<string, string> }; readonly spec: PodSpec };
  };
  status: { conditions?: Condition[] };
}

interface Entry {
  readonly job: Job;
  pod: Pod | undefined;
  container: RunningContainer | undefined;
}

export interface Answer {
  readonly code: number;
  readonly body: object;
}

export interface FakeKubernetes {
  readonly url: string;
  /** Requests so far, "POST /apis/batch/v1/namespaces/default/jobs". */
  readonly requests: string[];
  /** Set: answers a request itself, or not. */
  interfere: ((method: string, path: string) => Answer | undefined) | undefined;
  job(name: string): Job | undefined;
  /** An eviction by the API: the pod is told to end and then deleted. */
  evict(name: string): void;
  /** The node is gone, and later the pod with it. */
  loseNode(name: string): void;
  /** Someone, or something that tidies up, deletes a Job. */
  forget(name: string): void;
  /** A kubeconfig for it. */
  writeKubeconfig(path: string): void;
  close(): Promise<void>;
}

export const statusAnswer = (code: number, reason: string, message: string): Answer => ({
  code,
  body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code },
});

/**
 * A FAKE of a Kubernetes API server with a Job controller and one node: no Kubernetes runs here. It knows the requests of the launcher only, and its
 * answers are written by hand after the API's documentation. Containers are processes of this machine.
 */
export async function startFakeKubernetes(): Promise<FakeKubernetes> {
  const entries = new Map<string, Entry>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const url = new URL(request.url ?? '/', 'http://fake');
      requests.push(`${request.method} ${url.pathname}`);
      const { code, body: answer } =
        fake.interfere?.(request.method ?? '', url.pathname) ?? route(request.method ?? '', url, body);
      response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });

  function route(method: string, url: URL, body: string): Answer {
    const jobs = /^\/apis\/batch\/v1\/namespaces\/([^/]+)\/jobs(?:\/([^/]+))?$/.exec(url.pathname);
    if (jobs && method === 'POST') return create(JSON.parse(body) as Job);
    if (jobs?.[2] !== undefined) {
      const entry = entries.get(jobs[2]);
      if (!entry) return statusAnswer(404, 'NotFound', `jobs.batch "${jobs[2]}" not found`);
      if (method === 'DELETE') remove(entry);
      return { code: 200, body: entry.job };
    }
    if (/^\/api\/v1\/namespaces\/[^/]+\/pods$/.test(url.pathname)) {
      const name = /^job-name=(.+)$/.exec(url.searchParams.get('labelSelector') ?? '')?.[1] ?? '';
      const pod = entries.get(name)?.pod;
      return { code: 200, body: { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: pod ? [pod] : [] } };
    }
    if (url.pathname === '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews')
      return { code: 201, body: { ...(JSON.parse(body) as object), status: { allowed: true } } };
    return statusAnswer(404, 'NotFound', 'the server could not find the requested resource');
  }

  function create(asked: Job): Answer {
    const { name } = asked.metadata;
    if (entries.has(name)) return statusAnswer(409, 'AlreadyExists', `jobs.batch "${name}" already exists`);
    if (!/^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/.test(name))
      return statusAnswer(422, 'Invalid', `Job.batch "${name}" is invalid: metadata.name: Invalid value`);
    const uid = randomUUID();
    const job: Job = { ...asked, metadata: { ...asked.metadata, uid, creationTimestamp: now() }, status: {} };
    const entry: Entry = { job, pod: undefined, container: undefined };
    entries.set(name, entry);
    const labels = { ...asked.spec.template.metadata.labels, 'job-name': name, 'controller-uid': uid };
    entry.pod = {
      metadata: { name: `${name}-x7k2p`, uid: randomUUID(), creationTimestamp: now(), labels },
      status: { phase: 'Pending' },
    };
    setTimeout(() => start(entry), 50);
    return { code: 201, body: job };
  }

  function start(entry: Entry): void {
    const { pod, job } = entry;
    if (!pod || job.metadata.deletionTimestamp !== undefined) return;
    const { spec } = job.spec.template;
    entry.container = runContainer(spec, pod.metadata.labels, (exitCode) => exited(entry, exitCode));
    pod.status = { ...pod.status, phase: 'Running', containerStatuses: [{ name: 'job', state: { running: {} } }] };
    if (spec.activeDeadlineSeconds === undefined) return;
    setTimeout(() => {
      if (pod.status.phase !== 'Running') return;
      pod.status.reason = 'DeadlineExceeded';
      pod.status.message = 'Pod was active on the node longer than the specified deadline';
      entry.container?.stop();
    }, spec.activeDeadlineSeconds * 1000).unref();
  }

  function exited(entry: Entry, exitCode: number): void {
    const { job, pod } = entry;
    if (!pod) return;
    const good = exitCode === 0 && pod.status.reason === undefined;
    const reason = good ? 'Completed' : 'Error';
    pod.status.phase = good ? 'Succeeded' : 'Failed';
    pod.status.containerStatuses = [{ name: 'job', state: { terminated: { exitCode, reason } } }];
    if (job.metadata.deletionTimestamp !== undefined) {
      entries.delete(job.metadata.name);
      return;
    }
    const disrupted = pod.status.conditions?.some(({ type }) => type === 'DisruptionTarget');
    job.status.conditions = [
      good ? { type: 'Complete', status: 'True' } : failed(pod.metadata.name, disrupted === true),
    ];
    if (pod.metadata.deletionTimestamp !== undefined) entry.pod = undefined;
  }

  function remove(entry: Entry): void {
    entry.job.metadata.deletionTimestamp ??= now();
    if (entry.pod?.status.phase === 'Running') entry.container?.stop();
    else entries.delete(entry.job.metadata.name);
  }

  function disrupt(name: string, condition: Omit<Condition, 'type' | 'status'>): Entry | undefined {
    const entry = entries.get(name);
    if (!entry?.pod) return undefined;
    entry.pod.metadata.deletionTimestamp = now();
    entry.pod.status.conditions = [{ type: 'DisruptionTarget', status: 'True', ...condition }];
    return entry;
  }

  const fake: FakeKubernetes = {
    url: '',
    requests,
    interfere: undefined,
    job: (name) => entries.get(name)?.job,
    evict: (name) =>
      disrupt(name, { reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting' })?.container?.stop(),
    loseNode(name) {
      const entry = entries.get(name);
      if (entry?.pod) entry.pod.metadata.deletionTimestamp = now();
      entry?.container?.kill();
    },
    forget(name) {
      entries.get(name)?.container?.kill();
      entries.delete(name);
    },
    writeKubeconfig: (path) => writeFileSync(path, kubeconfig(fake.url)),
    async close() {
      for (const { container } of entries.values()) container?.kill();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(fake, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

const now = (): string => new Date().toISOString();

/** As the Job controller says it under the launcher's policy, and under backoffLimit 0. */
const failed = (pod: string, disrupted: boolean): Condition =>
  disrupted
    ? {
        type: 'Failed',
        status: 'True',
        reason: 'PodFailurePolicy',
        message: `Pod default/${pod} has condition DisruptionTarget matching FailJob rule at index 0`,
      }
    : {
        type: 'Failed',
        status: 'True',
        reason: 'BackoffLimitExceeded',
        message: 'Job has reached the specified backoff limit',
      };

const kubeconfig = (server: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    // The client refuses http without it.
    clusters: [{ name: 'fake', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'fake', user: { token: 'fake-token' } }],
    contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'fake' } }],
    'current-context': 'fake',
  });

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}
