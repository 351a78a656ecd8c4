/**
 * *\/ ends nothing; neither does * / or `${process.exit(1)}` or </script> or {{#if}} or {{{this}}}
 * @package golden.hostile
 */

/**
 * A comment with *\/ in it, `backticks`, ${substitutions}, {{mustaches}}, "quotes", 'quotes' and a \ backslash.
 * Line separators: before after, before after.
 * </script><script>alert(1)</script>
 * @deprecated *\/ export const injected = `${1}` // {{> types}}
 */
export interface Hostile {
  /**
   * @example
   * ```ts
   * @decorated('this @ is inside a fence')
   * ```
   */
  method(value: Words): Promise<Words>
}

export enum Words {
  Quote = "it's",
  Double = '"',
  Backtick = '`${1}`',
  Comment = '*/ // /*',
  Newline = 'a\nb\r\u2028\u2029',
  Script = '</script>',
  Mustache = '{{this}}',
  Backslash = '\\',
  Chinese = '在注册中心拿',
  Proto = '__proto__',
}
