#!/usr/bin/env node
// scripts/lint/rooms.js [FOLDER]: checks that each file of src/ includes only what its room may use.
const { report, sources } = require('./source.js');

// The rooms that each room may use besides itself. '' is src/ itself: module.cpp and entry_points.hpp.
const mayUse = {
    pg: [],
    common: ['', 'pg'],
    json_schema: ['common', 'pg'],
    shapes: ['common', 'pg'],
    search: ['', 'common', 'pg'],
    reading: ['', 'shapes', 'search', 'tokens', 'common', 'pg'],
    writing: ['', 'agents', 'json_schema', 'common', 'pg'],
    agents: ['', 'json_schema', 'shapes', 'common', 'pg'],
    importing: ['', 'common', 'pg'],
    rules: ['', 'json_schema', 'common', 'pg'],
    tokens: ['', 'pg'],
    runs: ['', 'writing', 'common', 'pg'],
    '': ['rules', 'pg'],
};

// It declares the SQL functions of all rooms, and its user need not see more of them.
const usesPgAlone = 'entry_points.hpp';
const prelude = 'pg/prelude.hpp';
const wall = 'pg/pure.hpp';

// The headers in <> that are not of standard C++, and the only files that may include them.
const otherHeaders = {
    '<nlohmann/json.hpp>': ['common/json_events.cpp'],
    '<emmintrin.h>': ['pg/json_text.cpp'],
    '<arm_neon.h>': ['pg/json_text.cpp'],
};

// Lists the includes of a file, each as { name, line }. The name has its quotes or brackets.
function includesOf({ lines }) {
    return lines.flatMap((text, index) => {
        const match = text.match(/^\s*#\s*include\s*(["<].*[">])/);
        return match ? [{ name: match[1], line: index + 1 }] : [];
    });
}

// Says what is wrong with an include, if anything. rooms has the room of each path.
function mistake(file, name, rooms) {
    if (name.startsWith('<')) {
        const allowed = [...(otherHeaders[name] ?? []), prelude];
        const isStandard = /^<[a-z_]+>$/.test(name);
        return isStandard || allowed.includes(file.path) ? undefined : `only ${allowed[0]} may include ${name}`;
    }
    const path = name.slice(1, -1);
    const used = rooms.get(path);
    if (used === undefined) return `${name} is not a path from src/`;
    if (path === prelude && file.room !== 'pg' && file.path !== 'module.cpp') {
        return `only pg/ and module.cpp may include ${prelude}`;
    }
    const mayBeUsed = file.path === usesPgAlone ? ['pg'] : mayUse[file.room];
    if (used !== file.room && !mayBeUsed.includes(used)) {
        return `${file.room ? `${file.room}/` : file.path} may not include ${path}`;
    }
}

// A .cpp file outside pg/ ends its includes with the header that fails if PostgreSQL's headers came in.
const needsWall = ({ path, room }) => path.endsWith('.cpp') && room !== 'pg' && path !== 'module.cpp';

const files = sources();
const rooms = new Map(files.map(({ path, room }) => [path, room]));
report(
    files.flatMap((file) => {
        const error = (line, message) => ({ path: file.path, line, message });
        if (!(file.room in mayUse)) return [error(1, `scripts/lint/rooms.js does not know the room ${file.room}/`)];
        const includes = includesOf(file);
        const errors = includes.flatMap(({ name, line }) => {
            const message = mistake(file, name, rooms);
            return message ? [error(line, message)] : [];
        });
        const last = includes.at(-1);
        if (needsWall(file) && last?.name !== `"${wall}"`) {
            errors.push(error(last?.line ?? 1, `the last include must be "${wall}"`));
        }
        return errors;
    }),
);
