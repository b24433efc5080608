/** The colours of code: asked from a worker for what shows, and painted when they arrive. Text never waits for them. */
import type { Side } from '../../../generated/Side';
import { colourable, type Token } from '../paint';
import type { DiffRow, Line } from '../rows';
import type { Reading } from '../section.svelte';
import type { Answer, Question } from './colours.worker';
import { languageOf, type Language } from './languages';

/** Rows are coloured in chunks of this many. */
const CHUNK_ROWS = 100;
/** How many chunks of one diff are kept. */
const CHUNKS_MAX = 80;
/** How many chunks are asked for at once; more would only be out of view when they come. */
const ASKED_MAX = 4;

/** The colours of a chunk: by row and side. */
export type Chunk = ReadonlyMap<string, readonly Token[]>;

let worker: Worker | undefined;
let next = 0;
const awaited = new Map<number, (lines: Token[][]) => void>();

function ask(language: Language, lines: string[]): Promise<Token[][]> {
  if (!worker) {
    worker = new Worker(new URL('./colours.worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      awaited.get(data.id)?.(data.lines);
      awaited.delete(data.id);
    };
  }
  const id = (next += 1);
  worker.postMessage({ id, language, lines } satisfies Question);
  return new Promise((resolve) => awaited.set(id, resolve));
}

/** The lines that a row shows on a side. */
function lineOn(row: DiffRow | undefined, side: Side): Line | undefined {
  if (row?.kind === 'unified') {
    const shows = side === 'before' ? row.mark === 'removed' : row.mark !== 'removed';
    return shows ? row.line : undefined;
  }
  if (row?.kind === 'split') return (side === 'before' ? row.left : row.right)?.line;
  return undefined;
}

/** Asks for the colours of the rows of a range that have none yet. Reads the rows, so that an effect follows them. */
export function wantColours(
  reading: Reading,
  range: { from: number; to: number },
  rows: number,
): void {
  const { content } = reading.view;
  const language = content.kind === 'text' ? languageOf(content.language) : undefined;
  if (!language || typeof Worker === 'undefined') return;
  const last = Math.floor((range.to - 1) / CHUNK_ROWS);
  for (let chunk = Math.floor(range.from / CHUNK_ROWS); chunk <= last; chunk += 1) {
    if (reading.coloured.has(chunk) || reading.colouring.has(chunk)) continue;
    if (reading.colouring.size >= ASKED_MAX) return;
    const from = chunk * CHUNK_ROWS;
    const to = Math.min(from + CHUNK_ROWS, rows);
    const held = Array.from({ length: to - from }, (_, at) => reading.rows.row(from + at));
    if (held.some((row) => row === undefined)) continue;
    reading.colouring.add(chunk);
    void colourChunk(language, held, from).then((coloured) => {
      reading.colouring.delete(chunk);
      if (reading.coloured.size >= CHUNKS_MAX) {
        const oldest = reading.coloured.keys().next().value;
        if (oldest !== undefined) reading.coloured.delete(oldest);
      }
      reading.coloured.set(chunk, coloured);
    });
  }
}

/** Each side is coloured as one text, so that a comment or string over several lines keeps its colour. */
async function colourChunk(
  language: Language,
  rows: readonly (DiffRow | undefined)[],
  from: number,
): Promise<Chunk> {
  const chunk = new Map<string, readonly Token[]>();
  for (const side of ['before', 'after'] as const) {
    const lines = rows.map((row) => lineOn(row, side));
    if (lines.every((line) => line === undefined)) continue;
    const tokens = await ask(
      language,
      lines.map((line) => (line ? colourable(line.segments) : '')),
    );
    tokens.forEach((line, at) => {
      if (lines[at]) chunk.set(`${from + at} ${side}`, line);
    });
  }
  return chunk;
}

/** The colours of a line, once they are known. Reactive. */
export function coloursOf(reading: Reading, row: number, side: Side): readonly Token[] | undefined {
  return reading.coloured.get(Math.floor(row / CHUNK_ROWS))?.get(`${row} ${side}`);
}
