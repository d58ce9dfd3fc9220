const MAX_MESSAGE_CHARACTERS = 500;

/** Replaces every secret and cuts to a length that fits a history. */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret === '') continue;
    clean = clean.replaceAll(secret, '[redacted]').replaceAll(encodeURIComponent(secret), '[redacted]');
  }
  const oneLine = clean.replace(/\s+/g, ' ').trim();
  return oneLine.length > MAX_MESSAGE_CHARACTERS ? `${oneLine.slice(0, MAX_MESSAGE_CHARACTERS)}...` : oneLine;
}

/** A URL as it may be shown: without user, password, query and fragment. */
export function displayUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname === '/' ? '' : pathname.replace(/\/$/, '')}`;
}
