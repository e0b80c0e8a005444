import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
// The package does not export the module.
import { pathToFileURL } from 'node:url';
import { packageFolder } from './server.js';

const { jsonItems, UnreadableJsonError }: typeof import('../src/cli/jsonItems.js') = await import(
  pathToFileURL(`${packageFolder}/dist/cli/jsonItems.js`).href
);

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
let state = seed;
/** Returns a pseudo-random integer from 0 to below the limit. */
const random = (limit: number) => {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
};
const oneOf = <T>(values: T[]) => values[random(values.length)]!;

async function* inChunks(bytes: Uint8Array, size: () => number) {
  for (let at = 0; at < bytes.length; ) {
    const end = at + size();
    yield bytes.subarray(at, end);
    at = end;
  }
}

async function itemsOf(text: string, { size = () => 1 + random(7), maxBytes = 2 ** 28 } = {}) {
  const items = [];
  for await (const item of jsonItems(inChunks(Buffer.from(text), size), { maxBytes })) items.push(item);
  return items;
}

const textsOf = async (text: string) => (await itemsOf(text)).map(({ json }) => json?.toString());

function randomValue(depth: number): unknown {
  const kind = random(depth > 3 ? 4 : 6);
  if (kind === 4) return Array.from({ length: random(4) }, () => randomValue(depth + 1));
  if (kind === 5)
    return Object.fromEntries(Array.from({ length: random(4) }, (_, n) => [`${n}"`, randomValue(depth + 1)]));
  return [null, random(1e9) / 1e3, oneOf([true, false]), oneOf(['', '"', '\\', '}]', 'é😀', '\\"[', 'a,b', '\n'])][
    kind
  ];
}

describe(`jsonItems (SEED=${seed})`, () => {
  test('yields the items of an array, or values one after the other, as JSON.parse reads them', async () => {
    for (let round = 0; round < 2000; round += 1) {
      const values = Array.from({ length: random(5) }, () => randomValue(0));
      const texts = values.map((value) => JSON.stringify(value, null, oneOf([0, 2])));
      const blank = () => oneOf(['', ' ', '\n', '\r\n\t']);
      const array = `${oneOf(['', '\ufeff'])}${blank()}[${blank()}${texts.join(`${blank()},${blank()}`)}${blank()}]${blank()}`;
      assert.deepEqual(await textsOf(array), texts, array);
      // Arrays at the top are lists, and yield their items.
      const lines = texts.filter((text) => !text.startsWith('['));
      if (lines.length > 0) assert.deepEqual(await textsOf(lines.join('\n')), lines);
    }
  });

  test('yields the bytes of the file, with their place', async () => {
    const [first, second] = await itemsOf('[ {"n": 12345678901234567890.10, "n": 1} ,"\\ud83d\\u0000"]');
    assert.equal(first?.json?.toString(), '{"n": 12345678901234567890.10, "n": 1}');
    assert.deepEqual([first?.number, first?.offset, first?.bytes], [1, 2, 38]);
    assert.equal(second?.json?.toString(), '"\\ud83d\\u0000"');
    assert.deepEqual([second?.number, second?.offset], [2, 42]);
    assert.deepEqual(await textsOf('[]'), []);
    assert.deepEqual(await textsOf('[1, 2][3] {"a": [4]} 5'), ['1', '2', '3', '{"a": [4]}', '5']);
  });

  test('leaves out the bytes of values that are too large', async () => {
    const items = await itemsOf(`[1, "${'x'.repeat(100)}", [2]]`, { maxBytes: 50 });
    assert.deepEqual(
      items.map(({ number, bytes, json }) => [number, bytes, json?.toString()]),
      [
        [1, 1, '1'],
        [2, 102, undefined],
        [3, 3, '[2]'],
      ],
    );
  });

  test('tells where a file stops being JSON, after the values before', async () => {
    for (const [text, values, problem] of [
      ['', 0, 'it is empty'],
      ['\n', 0, 'it is empty'],
      ['[', 0, 'it ends too early, after 1 bytes, after value 0'],
      ['[{"a": 1}, {"a": "]}', 1, 'it ends too early, after 20 bytes, in value 2'],
      ['[{"a": 1}', 1, 'it ends too early, after 9 bytes, after value 1'],
      ['[{"a": 1},]', 1, 'byte 10 is "]", after 1 values'],
      ['[,1]', 0, 'byte 1 is ",", after 0 values'],
      ['[1 2]', 1, 'byte 3 is "2", after 1 values'],
      ['{"a": 1}}', 1, 'byte 8 is "}", after 1 values'],
      ['<html>', 0, 'byte 0 is "<", after 0 values'],
      ['PK\x03\x04', 0, 'byte 0 is "P", after 0 values'],
    ] as const) {
      let count = 0;
      await assert.rejects(
        async () => {
          for await (const _ of jsonItems(
            inChunks(Buffer.from(text), () => 3),
            { maxBytes: 100 },
          ))
            count += 1;
        },
        (error) => error instanceof UnreadableJsonError && error.message === problem,
        text,
      );
      assert.equal(count, values, text);
    }
  });

  test('refuses what JSON.parse refuses, or yields an item that it refuses', async () => {
    for (let round = 0; round < 5000; round += 1) {
      const valid = JSON.stringify(Array.from({ length: 3 }, () => randomValue(0)));
      const at = random(valid.length + 1);
      const damaged =
        valid.slice(0, at) + oneOf(['', ',', '[', ']', '{', '}', '"', '\\', ':', '0']) + valid.slice(at + random(2));
      const parses = (text: string) => {
        try {
          JSON.parse(text);
          return true;
        } catch {
          return false;
        }
      };
      let isAccepted: boolean;
      try {
        isAccepted = (await textsOf(damaged)).every((text) => parses(text!));
      } catch (error) {
        assert.ok(error instanceof UnreadableJsonError);
        isAccepted = false;
      }
      // Several values one after the other are a file of their own kind.
      if (parses(damaged)) assert.ok(isAccepted, damaged);
      else if (isAccepted) assert.match(damaged, /^\[.*\]./, damaged);
    }
  });
});
