#!/usr/bin/env node
// scripts/pictures/runs.js: prints an SVG of the life of a run: its states, and the calls that lead from one to another.
//
// The states in which a run lasts stand on the left, those in which it ends on the right.
const { arrows, card, picture, pill, text } = require('./svg.js');

const margin = 26;
const width = 262;
const head = 30;
const row = 19;
const top = 78;
const left = 72;
const gutter = 262;
const right = left + width + gutter;

const states = {
    running: {
        place: [0, 0],
        colour: 'blue',
        title: 'running',
        chunks: 'chunks',
        lines: ['append_chunks writes, read_chunks reads.', 'heartbeat_run while no chunk comes.'],
    },
    stopping: {
        place: [0, 1],
        colour: 'orange',
        title: 'running, stop requested',
        chunks: 'chunks',
        lines: ['The next append_chunks or', 'heartbeat_run tells the writer.'],
    },
    silent: {
        place: [0, 2],
        colour: 'pink',
        title: 'failed, not saved',
        chunks: 'chunks',
        lines: ['The writer is dead. Its chunks stay', 'until recoverRun() saves them.'],
    },
    finished: { place: [1, 0], colour: 'green', title: 'finished', lines: ['The answer is a message.'] },
    stopped: { place: [1, 1], colour: 'orange', title: 'stopped', lines: ['The part so far is a message.'] },
    failed: {
        place: [1, 2],
        colour: 'pink',
        title: 'failed',
        lines: ['The part so far is a message,', 'if there was any.'],
    },
};

const height = head + 2 * row + 14;
const step = height + 66;

for (const state of Object.values(states)) {
    const [column, line] = state.place;
    Object.assign(state, { x: column ? right : left, y: top + line * step });
}

const middle = (state) => state.y + height / 2;

function drawState({ x, y, colour, title, lines, chunks }) {
    return [
        card(x, y, width, height, head, colour),
        text(x + 12, y + 20, title, { size: 14, bold: true }),
        chunks ? pill(x + width - 36, y + 15, chunks, colour) : '',
        ...lines.map((words, i) => text(x + 12, y + head + 19 + i * row, words, { size: 11.5, colour: 'muted' })),
    ].join('');
}

function label(x, y, ...lines) {
    return lines.map((words, i) => text(x, y + i * 15, words, { size: 11.5 })).join('');
}

const { running, stopping, silent, finished, stopped, failed } = states;
const centre = left + width / 2;
const edge = left + width;
const lane = edge + 34;
const across = (from, to) => [
    [edge, middle(from)],
    [right, middle(to)],
];
const beside = left - 22;

const drawn = [
    arrows('blue', [
        [
            [centre, top - 40],
            [centre, top],
        ],
    ]),
    label(centre + 10, top - 22, 'start_run'),
    arrows('green', [across(running, finished)]),
    label(lane + 10, middle(running) - 8, "finish_run('finished', answer)"),
    arrows('orange', [
        [
            [centre, running.y + height],
            [centre, stopping.y],
        ],
        across(stopping, stopped),
    ]),
    label(centre + 10, stopping.y - 28, 'stop_run'),
    label(lane + 10, middle(stopping) - 8, "finish_run('stopped', part)"),
    arrows('pink', [
        [
            [edge, running.y + height - 14],
            [lane, running.y + height - 14],
            [lane, failed.y + 16],
            [right, failed.y + 16],
        ],
        across(silent, failed),
        [
            [left, middle(running)],
            [beside, middle(running)],
            [beside, middle(silent)],
            [left, middle(silent)],
        ],
        [
            [centre, stopping.y + height],
            [centre, silent.y],
        ],
    ]),
    label(lane + 10, failed.y - 8, 'an error:', "finish_run('failed', part)"),
    label(lane + 10, middle(silent) + 16, 'recoverRun(): read_chunks,', "finish_run('failed', part)"),
    label(centre + 10, silent.y - 40, 'silent: start_run,', 'recover_run, sweep_runs'),
    label(beside + 8, running.y + height + 34, 'silent'),
];

const bottom = failed.y + height + 34;
const legend = [
    'In a state with chunks, readers get everything so far and then what comes. In the others, they read the message.',
    'The ends on the right are final: a run never changes its status again. Deleting a conversation deletes its runs.',
];

process.stdout.write(
    picture('The life of a run', right + width + margin, bottom + 17 + 20, [
        ...drawn,
        ...Object.values(states).map(drawState),
        ...legend.map((words, i) => text(margin, bottom + i * 17, words, { size: 11.5, colour: 'muted' })),
    ]),
);
