import type { Page } from 'playwright-core';

/** What models and recipes may write; each would set `window.planted`, open a dialog or load something, were it anything but text. */
export const PLANTED: Readonly<Record<string, string>> = {
  'a script': '<script>window.planted = 1; alert(1)</script>',
  'the end of the block that it stands in': '</script><script>window.planted = 1</script>',
  'a comment that swallows the page': '<!--<script>window.planted = 1',
  'an image that fails': '<img src=x onerror="window.planted = 1">',
  'a drawing that loads': '<svg onload="window.planted = 1"><script>window.planted = 1</script></svg>',
  'a frame': '<iframe srcdoc="<script>parent.planted = 1</script>"></iframe>',
  'a link that runs': '<a href="javascript:window.planted = 1">go</a> javascript:window.planted=1',
  'a style': '<style>* { display: none } @import url(http://127.0.0.1:9/x)</style>',
  'a template': '${window.planted = 1} {{constructor.constructor("window.planted = 1")()}}',
  'a formula with a link': '$\\href{javascript:window.planted=1}{x}$ $\\url{javascript:window.planted=1}$',
  'a formula with markup':
    '$\\htmlClass{x}{y}$ $\\htmlStyle{display:none}{y}$ $\\includegraphics{http://127.0.0.1:9/y.png}$',
  'a formula of many macros': '$\\def\\a{\\a\\a}\\a$',
  'an attribute that ends': '" onmouseover="window.planted = 1" autofocus onfocus="window.planted = 1',
  'a prototype': '__proto__',
  'line ends that end a script': 'x\u2028window.planted = 1\u2029',
};

export const ALL_PLANTED = Object.values(PLANTED).join('\n');

/** Whether one of them ran. */
export const planted = (page: Page): Promise<boolean> => page.evaluate(() => 'planted' in globalThis);

/** Elements that only planted markup could have brought: scripts, what loads, links out of the page, handlers. */
export const foreign = (page: Page): Promise<number[]> =>
  page.evaluate(() => [
    document.scripts.length,
    document.querySelectorAll('img, iframe, object, embed, form[action], meta[http-equiv=refresh], base').length,
    document.querySelectorAll('a:not([href^="#"])').length,
    [...document.querySelectorAll('*')].filter((one) => [...one.attributes].some(({ name }) => name.startsWith('on')))
      .length,
  ]);
/** The page's own: its data and its script. */
export const INERT = [2, 0, 0, 0];
