import type { ImportedConversation, ImportedRows, ImportFigures, ImportProblem } from '../queries/imports.js';

const firstOnes = 10;

/** Adds the result of a call to the results of the calls before. */
export function add(total: ImportedRows[], rows: ImportedRows[]): void {
  for (const row of rows) {
    const same = total.find(({ source }) => source === row.source);
    if (!same) {
      total.push(structuredClone({ ...row, figures: withoutEach(row.figures) }));
      continue;
    }
    same.read += row.read;
    same.written += row.written;
    same.merged += row.merged;
    same.skipped += row.skipped;
    same.problems = sumOf(same.problems, row.problems);
    same.figures = sumOfFigures(same.figures, row.figures);
  }
}

function sumOf(problems: ImportProblem[], more: ImportProblem[]): ImportProblem[] {
  const kinds = new Map(problems.map((problem) => [problem.kind, problem]));
  for (const problem of more) {
    const same = kinds.get(problem.kind);
    kinds.set(problem.kind, {
      ...problem,
      count: problem.count + (same?.count ?? 0),
      first_ids: [...(same?.first_ids ?? []), ...problem.first_ids].slice(0, firstOnes),
    });
  }
  return [...kinds.values()].sort((a, b) => (a.kind < b.kind ? -1 : 1));
}

function sumOfFigures(figures: ImportFigures | null, more: ImportFigures | null): ImportFigures | null {
  if (!figures || !more) return figures ?? withoutEach(more);
  const agreeing = more.agreeing === undefined ? {} : { agreeing: (figures.agreeing ?? 0) + more.agreeing };
  return {
    conversations: figures.conversations + more.conversations,
    ...agreeing,
    messages: figures.messages + more.messages,
    differing: [...(figures.differing ?? []), ...(more.differing ?? [])].slice(0, firstOnes),
  };
}

// The list of all conversations would grow with the file.
function withoutEach(figures: ImportFigures | null): ImportFigures | null {
  if (!figures) return null;
  const { each: _, ...summary } = figures;
  return summary;
}

const number = (value: number) => value.toLocaleString('en-US');

/** The results as a table, with the problems and the comparison below. */
export function tableOf(total: ImportedRows[]): string {
  const head = ['', 'read', 'written', 'merged', 'skipped'];
  const body = total.map(({ source, read, written, merged, skipped }) => [
    source,
    ...[read, written, merged, skipped].map(number),
  ]);
  const widths = head.map((name, n) => Math.max(name.length, ...body.map((cells) => cells[n]?.length ?? 0)));
  const pad = (cell: string, n: number) => (n === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[n] ?? 0));
  const lines = [head, ...body].map((cells) => cells.map(pad).join('  '));
  for (const { source, problems, figures } of total) {
    if (problems.length > 0 || figures) lines.push('');
    for (const { kind, count, first_ids } of problems) {
      lines.push(`${source}: ${kind}: ${number(count)}`, ...idsOf(count, first_ids));
    }
    if (figures) lines.push(...comparisonOf(figures));
  }
  return `${lines.join('\n')}\n`;
}

function idsOf(count: number, ids: string[]): string[] {
  if (ids.length === 0) return [];
  return [`    ${ids.join(', ')}${count > ids.length ? ', …' : ''}`];
}

function comparisonOf({ conversations, agreeing, messages, differing }: ImportFigures): string[] {
  const file = `${number(conversations)} conversations with ${number(messages)} messages`;
  if (agreeing === undefined) return [`The file has ${file}.`];
  const ids = (differing ?? []).map(({ conversation_id }: ImportedConversation) => conversation_id);
  return [
    `The file has ${file}. ${number(agreeing)} are equal in the database.`,
    ...(ids.length > 0 ? ['These differ:', ...idsOf(conversations - agreeing, ids)] : []),
  ];
}

/** Tells whether the database has what the file has, or would have it after an import. */
export const isComplete = (total: ImportedRows[]): boolean =>
  total.every(
    ({ source, skipped, problems, figures }) =>
      (figures?.agreeing === undefined || figures.agreeing === figures.conversations) &&
      (!['conversations', 'users'].includes(source) || skipped === storedBefore(problems)),
  );

const storedBefore = (problems: ImportProblem[]): number =>
  problems.find(({ kind }) => kind === 'already imported')?.count ?? 0;
