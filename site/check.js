/**
 * Looks at the built site in a Chromium: every page at the width of a desk and of a phone, in both colour schemes, and a search. Prints
 * what is wrong, and exits with 1 where something is.
 *
 *   npm run docs:look [-- FOLDER]    pictures of some pages are put into FOLDER
 */
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, resolve } from 'node:path';
import puppeteer from 'puppeteer-core';

const built = resolve(import.meta.dirname, '../dist/site');
const pictures = process.argv[2] && resolve(process.env.INIT_CWD ?? '.', process.argv[2]);
const pictured = ['index', 'docs/testing', 'docs/uninstall', 'docs/install', 'docs/troubleshooting'];
const mediaTypes = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
const faults = [];

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost');
  const file = join(built, decodeURIComponent(pathname).replace(/\/$/, '/index.html'));
  if (!existsSync(file)) return void response.writeHead(404).end();
  response.writeHead(200, { 'content-type': mediaTypes[extname(file)] ?? 'application/octet-stream' });
  response.end(readFileSync(file));
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const site = `http://127.0.0.1:${server.address().port}`;

const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
try {
  const page = await browser.newPage();
  const tell = (text) => faults.push(`${page.url().replace(site, '')}: ${text}`);
  page.on('pageerror', (error) => tell(error));
  page.on(
    'response',
    (response) => response.status() >= 400 && tell(`${response.status()} ${response.url()}`),
  );

  const paths = readdirSync(built, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.html') && path !== '404.html')
    .map((path) => path.slice(0, -'.html'.length));
  for (const [name, width, height, scheme] of [
    ['desk', 1400, 900, 'light'],
    ['phone', 390, 844, 'dark'],
  ]) {
    await page.setViewport({ width, height });
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    for (const path of paths) {
      await page.goto(`${site}/${path}.html`);
      // The class of the colour scheme and the mark in the navigation come from scripts.
      await page.waitForSelector('.VPSidebarItem', { timeout: 10_000 }).catch(() => undefined);
      const seen = await page.evaluate(() => ({
        width: document.documentElement.scrollWidth,
        headings: document.querySelectorAll('.vp-doc h1').length,
        active: document.querySelectorAll('.VPSidebarItem.is-active').length,
        dark: document.documentElement.classList.contains('dark'),
      }));
      if (seen.width > width) tell(`is ${seen.width} pixels wide on a screen of ${width}`);
      if (seen.headings !== 1) tell(`has ${seen.headings} titles`);
      if (seen.active === 0 && !path.includes('adr/0')) tell('is not in the navigation');
      if (seen.dark !== (scheme === 'dark')) tell(`is not ${scheme}`);
      if (pictures && pictured.includes(path)) await picture(page, `${name}-${path}`);
    }
  }

  await page.setViewport({ width: 1400, height: 900 });
  for (const [words, wanted] of [
    ['finalizer Terminating', '/docs/uninstall'],
    ['forceNamespaced', '/docs/spec'],
  ]) {
    await page.goto(`${site}/`, { waitUntil: 'networkidle0' });
    await page.click('#local-search button');
    await page.waitForSelector('#localsearch-input');
    await page.type('#localsearch-input', words);
    await page.waitForSelector('.VPLocalSearchBox .result', { timeout: 10_000 }).catch(() => undefined);
    const found = await page.$$eval('.VPLocalSearchBox a.result', (links) =>
      links.map((link) => link.pathname),
    );
    if (!found.some((path) => path.startsWith(wanted)))
      tell(`“${words}” finds ${found.join(', ') || 'nothing'}`);
    if (pictures) await picture(page, `search-${words.split(' ')[0]}`);
    if (found.length === 0) continue;
    await Promise.all([
      page.waitForFunction((start) => location.href !== start, {}, page.url()),
      page.keyboard.press('Enter'),
    ]);
    await page.waitForSelector('.vp-doc h1');
  }
  console.log(`${paths.length} pages looked at, each twice; ${faults.length} faults`);
} finally {
  await browser.close();
  server.close();
}
for (const fault of faults) console.log(fault);
if (faults.length > 0) process.exitCode = 1;

async function picture(page, name) {
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name.replaceAll('/', '-')}.png`) });
}
