import { hash } from 'node:crypto';
import { canonicalJson } from '../../config/canonical-json.js';
import type { CallRequest } from './record.js';

/**
 * Name of a paid call: 64 hexadecimal digits that depend on everything in the request and on nothing else (not on endpoint, attempt or
 * time). A change of how it is made would pay for every known answer again; a test holds the values of some requests. [ours]
 */
export const callKey = (request: CallRequest): string => hash('sha256', canonicalJson(request));
