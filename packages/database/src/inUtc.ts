const timeWithOffset =
  /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d)?)(\.\d+)? ?(?:Z|([+-])(\d\d)(?::?(\d\d)(?::?(\d\d))?)?)$/i;

/**
 * Converts a time with an offset, such as `2026-01-01T10:00:00.123456+02:00`, to UTC. PostgreSQL ignores the offset
 * when it stores such a text in a `timestamp` column. Returns other text unchanged.
 */
export function inUtc(text: string): string {
  const [, date, time, fraction = '', sign, hours = 0, minutes = 0, seconds = 0] = timeWithOffset.exec(text) ?? [];
  const offset = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  const utc = new Date(Date.parse(`${date}T${time}Z`) - (sign === '-' ? -offset : offset) * 1000);
  // JavaScript's dates have milliseconds, and PostgreSQL's timestamps microseconds. No offset changes the fraction.
  return Number.isNaN(utc.getTime()) ? text : utc.toISOString().replace('.000Z', `${fraction}Z`);
}
