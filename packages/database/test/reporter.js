// Reports to prove in flat TAP, with errors as comments. prove does not understand all of Node.js's own TAP.
import { inspect } from 'node:util';

const asComment = (text) => text.trimEnd().replace(/^/gm, '# ');

export default async function* report(events) {
  let tests = 0;
  for await (const { type, data } of events) {
    if (type === 'test:stderr' || type === 'test:stdout') yield `${asComment(data.message)}\n`;
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    // The tests of a suite are reported. The suite itself is reported only if it fails by itself.
    const { error } = data.details;
    const isPassedSuite = type === 'test:pass' && data.details.type === 'suite';
    if (isPassedSuite || error?.failureType === 'subtestsFailed') continue;
    tests += 1;
    yield `${type === 'test:pass' ? 'ok' : 'not ok'} ${tests} - ${data.name.replaceAll(/[#\n]/g, ' ')}\n`;
    if (error) yield `${asComment(inspect(error.cause ?? error))}\n`;
  }
  yield `1..${tests}\n`;
}
