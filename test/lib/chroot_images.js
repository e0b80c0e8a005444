// Builds the images of Dockerfiles in chroots in place of containers, as root: for test/package/dockerfiles_chroot.t.
// A stage is a folder. Each RUN is a shell in a chroot there, and each COPY a cp. What a container has beyond that,
// such as a network of its own, has no part in a build.
const { spawnSync } = require('node:child_process');
const { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } = require('node:fs');
const { basename, dirname, join } = require('node:path');
const { contextFiles, stagesOf } = require('./dockerfile.js');

const repository = join(__dirname, '../..');

// Runs a program to its end and returns its output. What it printed goes into the error if it fails.
function execute(program, args, input = '') {
    const { status, error, stdout, stderr } = spawnSync(program, args, {
        cwd: repository,
        encoding: 'utf8',
        input,
        maxBuffer: 2 ** 28,
    });
    if (error) throw error;
    if (status !== 0) {
        const lines = `${stdout}\n${stderr}`.trimEnd().split('\n');
        throw new Error(`${program} ${args.join(' ')}\n${lines.slice(-20).join('\n')}\nstatus ${status}`);
    }
    return stdout;
}

// Runs a command of a shell in an image. Whatever it starts ends with it.
function inImage(image, command, { user = 'root', folder = '/', variables = {} } = {}) {
    const environment = Object.entries({ ...image.variables, ...variables }).map(([name, value]) => `${name}=${value}`);
    const { root, shell = '/bin/sh' } = image;
    return execute('unshare', [
        ...['--pid', '--fork', '--kill-child', `--mount-proc=${root}/proc`],
        ...['chroot', `--userspec=${user}`, root, '/usr/bin/env', '-i', `--chdir=${folder}`],
        ...[...environment, shell, '-c', command],
    ]);
}

// A copy of an image, to be changed.
function copyOf(image, root) {
    execute('cp', ['-a', image.root, root]);
    return { ...image, variables: { ...image.variables }, root };
}

// An empty Debian of a release.
function debian(release, root) {
    const bootstrap = ['-c', '. scripts/chroot.sh && { bootstrap "$@" || bootstrap "$@"; }', 'bash', release, root];
    try {
        execute('bash', bootstrap);
    } catch (error) {
        const log = `${root}.log`;
        throw new Error(`${error.message}\n${existsSync(log) ? readFileSync(log, 'utf8').slice(-2000) : ''}`);
    }
    // As in Debian's images: no service starts. A download gets another chance.
    writeFileSync(join(root, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    writeFileSync(join(root, 'etc/apt/apt.conf.d/retries'), 'Acquire::Retries "3";\n');
    const variables = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' };
    return { root, variables, user: 'root' };
}

// In place of an image with PostgreSQL from apt.postgresql.org: the same with Debian's own. The steps are those of
// https://github.com/docker-library/postgres that a build on the image can notice.
function postgres(release, major, root) {
    const image = debian(release, root);
    inImage(
        image,
        `set -e; export DEBIAN_FRONTEND=noninteractive
        apt-get update
        apt-get install -y --no-install-recommends postgresql-common
        sed -ri 's/#(create_main_cluster) .*$/\\1 = false/' /etc/postgresql-common/createcluster.conf
        apt-get install -y --no-install-recommends postgresql-${major}
        rm -rf /var/lib/apt/lists/*`,
    );
    image.variables.PATH += `:/usr/lib/postgresql/${major}/bin`;
    return image;
}

// The files of the checkout that Docker would get, in a folder.
function context(root) {
    for (const path of contextFiles(repository)) {
        mkdirSync(join(root, dirname(path)), { recursive: true });
        execute('cp', ['-a', path, join(root, path)]);
    }
    return root;
}

// As Docker: of a folder its contents, and anything else into a folder or by the new name.
function copy(source, target, isFolder) {
    if (statSync(source).isDirectory()) {
        mkdirSync(target, { recursive: true });
        execute('cp', ['-a', '--no-preserve=ownership', `${source}/.`, target]);
    } else {
        mkdirSync(isFolder ? target : dirname(target), { recursive: true });
        execute('cp', ['-a', '--no-preserve=ownership', source, isFolder ? join(target, basename(source)) : target]);
    }
}

function carryOut(step, image, stages, contextRoot) {
    const { keyword, folder } = step;
    if (keyword === 'WORKDIR') mkdirSync(join(image.root, folder), { recursive: true });
    if (keyword === 'RUN') inImage(image, step.command, { ...step, user: step.user ?? image.user });
    if (keyword === 'COPY') {
        const from = step.from === undefined ? contextRoot : stages.get(step.from).root;
        for (const source of step.sources) copy(join(from, source), join(image.root, step.target), step.isFolder);
    }
}

// Builds a Dockerfile. `bases` has images by their names, and `work` is a new folder. Calls back after each step.
// Returns the image of the last stage.
function build(file, { buildArguments, bases, work, done }) {
    mkdirSync(work);
    const contextRoot = context(join(work, 'context'));
    const stages = new Map();
    let image;
    for (const { name, base, steps } of stagesOf(join(repository, file), buildArguments)) {
        const root = join(work, `stage${stages.size + 1}`);
        if (base === 'scratch') mkdirSync(root);
        else if (!bases.has(base)) throw new Error(`${file}: nothing stands for the image ${base}`);
        image = base === 'scratch' ? { root } : copyOf(bases.get(base), root);
        stages.set(name ?? root, image);
        for (const step of steps) {
            carryOut(step, image, stages, contextRoot);
            done(step);
        }
    }
    return image;
}

const remove = (root) => execute('rm', ['-rf', '--one-file-system', root]);

module.exports = { build, copyOf, execute, inImage, postgres, remove };
