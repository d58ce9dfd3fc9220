import { JobLauncherError } from './job-launcher.js';

/** Whose API it is, for messages. */
export interface ApiPlace {
  readonly server: string;
  readonly namespace: string;
}

/** Codes of the API server that say that it may do later what it does not do now. */
const PASSING = [408, 409, 425, 429];
/** Node's codes of certificates that nobody here trusts: time does not change them. */
const UNTRUSTED = /CERT|SIGNATURE|SELF_SIGNED|ERR_TLS/;
const QUOTA = /exceeded quota/i;

const MEND: Readonly<Record<number, string>> = {
  401: 'renew the credentials of the kubeconfig, or of the service account that this worker runs as',
  403: 'give this worker’s account a role that may create, get and delete jobs and list pods in the namespace',
  404: 'create the namespace, or name another one in the launcher',
  422: 'see the launcher in the deployment',
};

/**
 * What went wrong with a request, as the launcher's error. Errors of the client have the HTTP code as `code`, those of the network a word.
 * @param doing "create the Job a", for the message
 */
export function kubernetesError(error: unknown, doing: string, { server, namespace }: ApiPlace): JobLauncherError {
  if (error instanceof JobLauncherError) return error;
  const where = `Kubernetes at ${server}, namespace ${namespace}`;
  const code = codeOf(error);
  if (typeof code !== 'number') {
    const untrusted = typeof code === 'string' && UNTRUSTED.test(code);
    const mend = untrusted ? ': see certificate-authority in the kubeconfig' : '';
    const message = `${where} could not be reached to ${doing}: ${textOf(error)}${mend}.`;
    return new JobLauncherError(message, { retryable: !untrusted, cause: error });
  }
  const said = saidBy(error);
  const retryable = code >= 500 || PASSING.includes(code) || (code === 403 && QUOTA.test(said));
  const mend = retryable || MEND[code] === undefined ? '' : `: ${MEND[code]}`;
  // Without the cause: it holds the headers of the answer, and whatever a proxy wrote into its page.
  return new JobLauncherError(`${where} did not ${doing}: it answered ${code}, ${said}${mend}.`, { retryable });
}

/** The HTTP code of an answer, the code of a network error, or nothing. */
export const codeOf = (error: unknown): number | string | undefined =>
  error instanceof Error && 'code' in error && (typeof error.code === 'number' || typeof error.code === 'string')
    ? error.code
    : undefined;

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const MAX_SAID_LENGTH = 1000;

/** The message of the API's Status object: an object, or its text where the client has no type for the code. */
function saidBy(error: unknown): string {
  const body = error instanceof Error && 'body' in error ? error.body : undefined;
  return (messageOf(body) ?? (typeof body === 'string' ? body : 'no message'))
    .slice(0, MAX_SAID_LENGTH)
    .replace(/\.$/, '');
}

function messageOf(body: unknown): string | undefined {
  if (typeof body === 'string') {
    try {
      return messageOf(JSON.parse(body));
    } catch {
      return undefined;
    }
  }
  const message = typeof body === 'object' && body !== null && 'message' in body ? body.message : undefined;
  return typeof message === 'string' ? message : undefined;
}
