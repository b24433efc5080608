/** Calls commands of the core, typed by the generated table. */
import type { Commands } from '../../generated/Commands';
import type { Event } from '../../generated/Event';
import { toApiError } from './error';
import { transport } from './transport';

/** The name of a command. */
export type CommandName = keyof Commands;
/** What a command takes. */
export type RequestOf<K extends CommandName> = Commands[K]['request'];
/** What a command answers. */
export type ResponseOf<K extends CommandName> = Commands[K]['response'];

/** A command as it was called. */
export type Asked = { [K in CommandName]: { name: K; request: RequestOf<K> } }[CommandName];

/** A question before it is sent: the commands that it calls before it first waits for an answer. */
export interface Question<T> {
  result: T;
  asked: readonly Asked[];
  /** Sends them. What is never sent is never answered. */
  send(): void;
}

interface Recording {
  asked: Asked[];
  sent: Promise<void>;
}

let recording: Recording | undefined;

/** Does a command. Rejects with an `ApiError`, and with nothing else. */
export async function call<K extends CommandName>(
  name: K,
  request: RequestOf<K>,
): Promise<ResponseOf<K>> {
  if (recording) {
    recording.asked.push({ name, request } as Asked);
    await recording.sent;
  }
  try {
    return (await transport.call(name, request)) as ResponseOf<K>;
  } catch (thrown) {
    throw toApiError(thrown);
  }
}

/** Takes a question down without sending it, so that it can be compared with the one that was asked before. */
export function recorded<T>(ask: () => T): Question<T> {
  const outer = recording;
  const asked: Asked[] = [];
  let send: () => void = () => undefined;
  recording = { asked, sent: new Promise((done) => (send = done)) };
  try {
    return { result: ask(), asked, send };
  } finally {
    recording = outer;
  }
}

/** Hears every event of the core until the returned function is called. */
export function subscribe(handler: (event: Event) => void): () => void {
  return transport.listen(handler);
}
