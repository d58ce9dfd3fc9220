import { createHash } from 'node:crypto';
import type { PageAssets } from './page-assets.js';
import type { ImprovementPage } from './improvement-data.js';
import type { PageData } from './page-data.js';

/** Marks the data in the page; {@link readPageData} finds it again. */
const DATA_START = '<script type="application/json" id="report-data">';
const DATA_END = '</script>';

/** The icon of the page: a file must not ask a server for one. */
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='3' fill='%232563eb'/%3E%3Cpath d='M3 12V8h2v4zm4 0V4h2v8zm4 0V6h2v6z' fill='white'/%3E%3C/svg%3E";

/**
 * The whole page: one file, no network. Everything from models and recipes stands in the data block, which is no script and from which the
 * page makes text nodes only; the policy lets nothing run but the one script whose hash it names, and (served) lets it talk to its own server.
 */
export function pageHtml(data: PageData | ImprovementPage, assets: PageAssets): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentPolicy(assets, data.sample === null)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${escapeText(titleOf(data))} - cotmill report</title>
<link rel="icon" href="${ICON}">
<style>${assets.style}</style>
</head>
<body>
<noscript>This report needs JavaScript: it is one file and asks no server for anything.</noscript>
<div id="app"></div>
${DATA_START}${escapeJson(data)}${DATA_END}
<script type="module">${assets.script}</script>
</body>
</html>
`;
}

const titleOf = (data: PageData | ImprovementPage): string =>
  'improvement' in data
    ? `Self-improvement of ${data.improvement.run}`
    : `${data.overview.name} ${data.overview.version}`;

/** What the page may do. Trusted Types make every assignment of markup an error, also one that a library would try. */
export function contentPolicy({ script, style }: PageAssets, isServed: boolean): string {
  return [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    'img-src data:',
    ...(isServed ? ["connect-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

const hashOf = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`;

/** JSON that can not end the block that it stands in, nor begin a comment or another block. */
const escapeJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });

const escapeText = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** The data of a page that {@link pageHtml} made. Throws Error when there is none of this version. */
export function readPageData<Data extends PageData | ImprovementPage = PageData>(html: string, where: string): Data {
  const start = html.indexOf(DATA_START);
  const end = html.indexOf(DATA_END, start);
  if (start < 0 || end < 0) throw new Error(`${where} is no report of cotmill.`);
  const data = JSON.parse(html.slice(start + DATA_START.length, end)) as Data;
  if (data.schema !== 1) throw new Error(`${where} was written by another version of cotmill.`);
  return data;
}
