import { hash } from 'node:crypto';
import { canonicalJson } from '../../config/canonical-json.js';
import type { CallRequest } from './record.js';

/**
 * Name of a paid call: 64 hexadecimal digits that depend on everything in the request and on nothing else (not on endpoint, attempt or
 * time). A change of how it is made would pay for every known answer again; a test holds the values of some requests. [ours]
 */
export const callKey = (request: CallRequest): string => hash('sha256', textOf(request));

/** The request as {@link canonicalJson} writes it. The two fields that many calls share as one object come last there. */
function textOf({ sampling, schema, ...own }: CallRequest): string {
  const last = schema === undefined ? '' : `,"schema":${sharedText(schema)}`;
  return `${canonicalJson(own).slice(0, -1)},"sampling":${sharedText(sampling)}${last}}`;
}

/** Texts of readonly objects that live as long as a form or a recipe: most of a judge's request is its schema. */
const texts = new WeakMap<object, string>();

function sharedText(shared: object): string {
  const text = texts.get(shared) ?? canonicalJson(shared);
  texts.set(shared, text);
  return text;
}
