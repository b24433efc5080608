/** The languages that there is a grammar for, by the names that the core gives. */

const LANGUAGES = [
  'css',
  'html',
  'javascript',
  'json',
  'liquid',
  'markdown',
  'xml',
  'yaml',
] as const;

/** A language that there is a grammar for. */
export type Language = (typeof LANGUAGES)[number];

/** The language of a name; `undefined` where there is no grammar, and the text stays plain. */
export function languageOf(name: string): Language | undefined {
  return LANGUAGES.find((language) => language === name);
}
