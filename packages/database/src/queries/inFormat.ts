/** The type of a result in the format that the options name. If the format is optional, the result may be rows. */
export type InFormat<TOptions, TFormats extends { rows: unknown }> = TOptions extends { format: infer TFormat }
  ? TFormats[Extract<TFormat, keyof TFormats>] | (undefined extends TFormat ? TFormats['rows'] : never)
  : TOptions extends { format?: infer TFormat }
    ? TFormats['rows'] | (unknown extends TFormat ? never : TFormats[Extract<TFormat, keyof TFormats>])
    : TFormats['rows'];
