// Reads Dockerfiles for tests, which have no Docker: what its builder would be sent of a folder, and what it would
// do.
const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const dockerignore = require('@balena/dockerignore');
const { DockerfileParser } = require('dockerfile-ast');

// Lists the files of a folder that its .dockerignore lets through, by their paths.
function contextFiles(folder) {
    const lines = readFileSync(join(folder, '.dockerignore'), 'utf8').split('\n');
    const exceptions = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    const ignore = dockerignore().add(lines);
    // Not into folders such as node_modules, of which nothing can come.
    const isEntered = (path) =>
        !ignore.ignores(path) || exceptions.some((exception) => exception.startsWith(`${path}/`));
    const filesBelow = (parent) =>
        readdirSync(join(folder, parent), { withFileTypes: true }).flatMap((entry) => {
            const path = join(parent, entry.name);
            if (entry.isDirectory()) return isEntered(path) ? filesBelow(path) : [];
            return ignore.ignores(path) ? [] : [path];
        });
    return filesBelow('');
}

// Puts the values of variables into a text, as Docker does outside of RUN.
function expanded(text, variables) {
    const result = text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced, plain) => {
        const name = braced ?? plain;
        if (!(name in variables)) throw new Error(`${text}: ${name} has no value`);
        return variables[name];
    });
    if (result.includes('$')) throw new Error(`${text}: this form is not understood here`);
    return result;
}

// What an instruction does: it changes the state of its stage, and may return a step of the build.
const instructions = {
    ARG(instruction, state, { globals, buildArguments }) {
        const property = instruction.getProperty();
        const name = property.getName();
        const value = buildArguments[name] ?? property.getValue() ?? globals[name];
        if (value !== undefined) state.variables[name] = expanded(value, state.variables);
    },
    ENV(instruction, state) {
        for (const property of instruction.getProperties()) {
            state.variables[property.getName()] = expanded(property.getValue(), state.variables);
        }
    },
    USER(instruction, state) {
        state.user = expanded(instruction.getArgumentsContent(), state.variables);
    },
    WORKDIR(instruction, state) {
        const path = expanded(instruction.getArgumentsContent(), state.variables);
        state.folder = path.startsWith('/') ? path : join(state.folder, path);
        return { folder: state.folder };
    },
    RUN(instruction, state) {
        const command = instruction.getArgumentsContent();
        // The parser leaves comments inside of a command where they are.
        if (instruction.getFlags().length > 0 || command.includes('\n')) throw new Error('not understood here');
        return { command, variables: { ...state.variables }, user: state.user, folder: state.folder };
    },
    COPY(instruction, state) {
        const flags = instruction.getFlags();
        const paths = instruction.getArguments().map((argument) => expanded(argument.getValue(), state.variables));
        if (flags.some((flag) => flag.getName() !== 'from') || paths.some((path) => /[*?[]/.test(path))) {
            throw new Error('not understood here');
        }
        const target = paths.pop();
        const isFolder = target.endsWith('/') || target === '.';
        const absolute = target.startsWith('/') ? target : join(state.folder, target);
        return { from: flags[0]?.getValue(), sources: paths, target: absolute, isFolder };
    },
};

// Reads the stages of a Dockerfile: [{ name, base, steps: [{ line, keyword, ... }] }]. What it does not understand is
// an error, so that nothing is passed over.
function stagesOf(file, buildArguments = {}) {
    const globals = {};
    const stages = [];
    let state = null;
    for (const instruction of DockerfileParser.parse(readFileSync(file, 'utf8')).getInstructions()) {
        const keyword = instruction.getKeyword();
        const line = instruction.getRange().start.line + 1;
        try {
            if (keyword === 'FROM') {
                state = { variables: {}, user: undefined, folder: '/' };
                const base = expanded(instruction.getImage(), globals);
                stages.push({ name: instruction.getBuildStage(), base, steps: [] });
            } else if (state === null && keyword === 'ARG') {
                instructions.ARG(instruction, { variables: globals }, { globals, buildArguments });
            } else {
                if (!(keyword in instructions)) throw new Error('not understood here');
                const step = instructions[keyword](instruction, state, { globals, buildArguments });
                if (step) stages.at(-1).steps.push({ line, keyword, ...step });
            }
        } catch (error) {
            throw new Error(`${file}:${line}: ${keyword}: ${error.message}`, { cause: error });
        }
    }
    return stages;
}

module.exports = { contextFiles, stagesOf };
