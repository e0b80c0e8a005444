#!/usr/bin/env node
// npm runs this around packing. `scripts/readme.js pack` makes README.md one for readers on npmjs.com, `restore` puts
// back what stood there. npmjs.com follows a link to another file only by the address of the package's repository.
// Without one in package.json ("repository"), such a link becomes the name of the file.
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const readme = 'README.md';
const kept = 'build/README.md';

const note = 'Names such as docs/drizzle.md and examples/chat.ts are files of the repository of agentchat.';

/** Replaces the links that do not lead into the web or within the page, outside of blocks of code. */
function withoutLinks(markdown) {
  const [title, ...rest] = markdown.split(/(^```[\s\S]*?^```$)/m).map((text) =>
    text.startsWith('```')
      ? text
      : text.replace(/\[([^\]]+)\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g, (_, label, path) => {
          const name = path.replace(/^(\.\.\/)+/, '');
          return label === name ? name : `${label} (${name})`;
        }),
  );
  return [title.trimEnd(), '\n\n', note, '\n\n', ...rest].join('');
}

const { repository } = JSON.parse(readFileSync('package.json', 'utf8'));
const { npm_command: command, npm_lifecycle_event: event } = process.env;
if (process.argv[2] === 'pack' && !repository) {
  mkdirSync('build', { recursive: true });
  copyFileSync(readme, kept);
  writeFileSync(readme, withoutLinks(readFileSync(kept, 'utf8')));
}
// `npm publish` reads the page once more after it has packed, and sends that.
if (process.argv[2] === 'restore' && existsSync(kept) && !(command === 'publish' && event === 'postpack')) {
  renameSync(kept, readme);
}
