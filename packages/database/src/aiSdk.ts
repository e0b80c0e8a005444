/** Loads the AI SDK. In `try`, because bundlers then do without it if it is missing. */
export async function aiSdk(): Promise<any> {
  try {
    return await import('ai');
  } catch (cause) {
    throw new Error('The AI SDK is not installed. Install ai.', { cause });
  }
}
