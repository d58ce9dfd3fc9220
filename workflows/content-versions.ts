import type { ContentVersions } from '../config/content-versions.js';

/** Whether a recipe lets its versions follow from what they hold. Pure. */
export const followsContent = (recipe: unknown): boolean =>
  (recipe as { readonly versions?: unknown } | undefined)?.versions === 'from-content';

/** A recipe, as it was written, with the versions of its training sets and students replaced: they follow from nothing any more. Pure. */
export function withVersions(recipe: unknown, versions: ContentVersions): unknown {
  const { versions: _followed, ...written } = recipe as Readonly<Record<string, unknown>>;
  const renamed = (field: keyof ContentVersions): Readonly<Record<string, unknown>> => {
    const entries = written[field];
    if (!Array.isArray(entries)) return {};
    return { [field]: entries.map((entry: unknown) => versioned(entry, versions[field])) };
  };
  return { ...written, ...renamed('trainingSets'), ...renamed('students') };
}

function versioned(entry: unknown, versions: Readonly<Record<string, string>>): unknown {
  const name = (entry as { readonly name?: unknown } | null)?.name;
  const version = typeof name === 'string' ? versions[name] : undefined;
  return version === undefined ? entry : { ...(entry as object), version };
}
