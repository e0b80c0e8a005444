// The design document's tables, as an application declares them for Drizzle, and the relations that its query follows.
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
// With the drizzle-orm of the tests here.
new Function('require', 'module', outputFiles[0].text)(require, module);
