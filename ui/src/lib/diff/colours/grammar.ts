/** Cuts code into runs of one colour, with the grammars of editors. Runs in a worker; knows no page. */
import { createHighlighterCore, type HighlighterCore, type ThemeRegistration } from 'shiki/core';
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript';
import type { Token } from '../paint';
import type { Language } from './languages';

/** Lines longer than this stay plain, in characters. */
const LINE_MAX = 2_000;
/** How long one line may take, in milliseconds: the first of a language waits for its patterns to be compiled. */
const LINE_MS = 1_000;

// Each grammar is loaded when the first file of its language shows.
const GRAMMARS = {
  css: () => import('shiki/langs/css.mjs'),
  html: () => import('shiki/langs/html.mjs'),
  javascript: () => import('shiki/langs/javascript.mjs'),
  json: () => import('shiki/langs/json.mjs'),
  liquid: () => import('shiki/langs/liquid.mjs'),
  markdown: () => import('shiki/langs/markdown.mjs'),
  xml: () => import('shiki/langs/xml.mjs'),
  yaml: () => import('shiki/langs/yaml.mjs'),
} satisfies Record<Language, () => Promise<unknown>>;

/** What is told apart, and by which scopes of the grammars. The page gives each kind its colour. */
const KINDS = [
  ['comment', ['comment', 'punctuation.definition.comment']],
  ['string', ['string', 'markup.inline.raw', 'markup.fenced_code']],
  ['constant', ['constant', 'support.constant', 'keyword.other.unit', 'variable.language']],
  ['keyword', ['keyword.control', 'keyword.other', 'storage', 'keyword.operator.expression']],
  ['tag', ['entity.name.tag', 'markup.heading', 'entity.name.section']],
  [
    'attribute',
    ['entity.other.attribute-name', 'support.type.property-name', 'meta.property-name'],
  ],
  ['function', ['entity.name.function', 'support.function', 'meta.function-call entity.name']],
] as const satisfies readonly (readonly [string, readonly string[]])[];

/** A colour that stands for a kind: grammars colour, and only then is the kind known. */
function standIn(kind: number): string {
  return `#0000${(kind + 1).toString(16).padStart(2, '0')}`;
}

const theme: ThemeRegistration = {
  name: 'kinds',
  type: 'light',
  fg: '#000000',
  bg: '#ffffff',
  settings: [
    { settings: { foreground: '#000000' } },
    ...KINDS.map(([, scopes], kind) => ({
      scope: [...scopes],
      settings: { foreground: standIn(kind) },
    })),
  ],
};

const KIND_OF = new Map<string, string>(KINDS.map(([name], kind) => [standIn(kind), name]));

let highlighter: Promise<HighlighterCore> | undefined;
const loaded = new Map<Language, Promise<void>>();

function load(language: Language): Promise<void> {
  highlighter ??= createHighlighterCore({
    themes: [theme],
    langs: [],
    engine: createJavaScriptRegexEngine({ forgiving: true }),
  });
  const ready = highlighter;
  let loading = loaded.get(language);
  if (!loading) {
    loading = ready.then((core) => core.loadLanguage(GRAMMARS[language]()));
    loaded.set(language, loading);
  }
  return loading;
}

/** The colours of each line. */
export async function colour(language: Language, lines: readonly string[]): Promise<Token[][]> {
  await load(language);
  const core = await (highlighter as Promise<HighlighterCore>);
  const { tokens } = core.codeToTokens(lines.join('\n'), {
    lang: language,
    theme: 'kinds',
    tokenizeMaxLineLength: LINE_MAX,
    tokenizeTimeLimit: LINE_MS,
  });
  return tokens.map((line) =>
    join(
      line.map(({ content, color }) => ({
        length: content.length,
        kind: KIND_OF.get(color?.toLowerCase() ?? '') ?? '',
      })),
    ),
  );
}

/** Runs of one kind beside one another are one run. */
function join(tokens: readonly Token[]): Token[] {
  const joined: Token[] = [];
  for (const token of tokens) {
    const last = joined.at(-1);
    if (last?.kind === token.kind) last.length += token.length;
    else joined.push({ ...token });
  }
  return joined;
}
