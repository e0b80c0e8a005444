// Exports the tables of the design document, declared for Drizzle, and the relations that its query follows.
const { join } = require('node:path');
const { buildSync } = require('../../packages/database/node_modules/esbuild');

const folder = join(__dirname, '../../packages/database/test/document/packages/database/schema');
const { outputFiles } = buildSync({
    entryPoints: [join(folder, 'index.ts')],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    packages: 'external',
});
// The bundle uses the drizzle-orm of test/clients.
new Function('require', 'module', outputFiles[0].text)(require, module);
