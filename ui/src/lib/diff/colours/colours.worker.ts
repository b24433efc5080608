/** Colours code beside the page, so that scrolling never waits for a grammar. */
import type { Token } from '../paint';
import { colour } from './grammar';
import type { Language } from './languages';

/** What is asked. */
export interface Question {
  id: number;
  language: Language;
  lines: string[];
}

/** What is answered; no lines when the grammar failed. */
export interface Answer {
  id: number;
  lines: Token[][];
}

addEventListener('message', (event: MessageEvent<Question>) => {
  const { id, language, lines } = event.data;
  colour(language, lines).then(
    (coloured) => postMessage({ id, lines: coloured } satisfies Answer),
    () => postMessage({ id, lines: [] } satisfies Answer),
  );
});
