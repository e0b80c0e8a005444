import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { major } from './drizzle.js';
import { packageFolder, repository } from './server.js';

const exec = promisify(execFile);

// The npm of the devDependencies, because Debian's npm brings hundreds of packages.
const npm = (...args: string[]): [string, string[]] => [
  process.execPath,
  [`${packageFolder}/node_modules/npm/bin/npm-cli.js`, ...args],
];

const drizzle1 = `${packageFolder}/test/drizzle-1`;

/** Those of an application without the DOM. */
export const compilerOptions = {
  strict: true,
  skipLibCheck: true,
  noEmit: true,
  target: 'es2022',
  lib: ['es2023'],
  types: ['node'],
};

/** The project of an application. This package is installed from the file that npm would publish. */
export class Project {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create({ without = [] }: { without?: string[] } = {}): Promise<Project> {
    const folder = await mkdtemp(`${tmpdir()}/project-`);
    const project = new Project(folder);
    await project.write({ 'package.json': JSON.stringify({ name: 'project', private: true, type: 'module' }) });
    await project.run(...npm('install', '--offline', '--legacy-peer-deps', '--no-audit', '--no-fund', await packed()));
    const peers = [
      '@electric-sql/pglite',
      '@types/node',
      '@supabase/supabase-js',
      'ai',
      '@anthropic-ai/sdk',
      'drizzle-kit',
      'drizzle-orm',
      'openai',
      'pg',
      'postgres',
      'typescript',
    ];
    for (const name of peers.filter((peer) => !without.includes(peer))) {
      const link = `${folder}/node_modules/${name}`;
      await mkdir(dirname(link), { recursive: true });
      await symlink(
        `${major === 1 && name.startsWith('drizzle') ? drizzle1 : packageFolder}/node_modules/${name}`,
        link,
      );
    }
    return project;
  }

  async write(files: Record<string, string>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(`${this.folder}/${name}`), { recursive: true });
      await writeFile(`${this.folder}/${name}`, text);
    }
  }

  /** Runs a command and returns its output. */
  async run(command: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
    try {
      const options = { cwd: this.folder, env: { ...process.env, ...env } };
      return (await exec(command, args, options)).stdout;
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      throw new Error(`${command} ${args.join(' ')}\n${stdout}\n${stderr}`, { cause: error });
    }
  }

  node(file: string, env?: Record<string, string>): Promise<string> {
    return this.run(process.execPath, [file], env);
  }

  program(name: string, args: string[], env?: Record<string, string>): Promise<string> {
    const [pkg, bin = name] = { tsc: ['typescript', 'bin/tsc'], 'drizzle-kit': ['drizzle-kit', 'bin.cjs'] }[name] ?? [
      name,
    ];
    return this.run(process.execPath, [`node_modules/${pkg}/${bin}`, ...args], env);
  }
}

let tarball: Promise<string> | undefined;
/** The file that npm would publish, in the folder of which it was made. */
export const packed = () => (tarball ??= pack());

/** Packs a copy, because packing rebuilds the package and other tests use this one. Drizzle 1.0 has a copy, built. */
async function pack(): Promise<string> {
  const copy = await mkdtemp(`${tmpdir()}/package-`);
  if (major === 1) {
    const cwd = `${packageFolder}/build/drizzle-1`;
    await exec(...npm('pack', '--silent', '--ignore-scripts', '--pack-destination', copy), { cwd });
    return tarballIn(copy);
  }
  await cp(packageFolder, copy, {
    recursive: true,
    filter: (path) => !/\/(node_modules|build|dist)$/.test(path),
  });
  await symlink(`${packageFolder}/node_modules`, `${copy}/node_modules`);
  await exec(...npm('pack', '--silent'), { cwd: copy, env: { ...process.env, AGENTCHAT: repository } });
  return tarballIn(copy);
}

const tarballIn = async (folder: string) =>
  `${folder}/${(await readdir(folder)).find((name) => name.endsWith('.tgz'))}`;
