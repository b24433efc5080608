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

/** Does a command. Rejects with an `ApiError`, and with nothing else. */
export async function call<K extends CommandName>(
  name: K,
  request: RequestOf<K>,
): Promise<ResponseOf<K>> {
  try {
    return (await transport.call(name, request)) as ResponseOf<K>;
  } catch (thrown) {
    throw toApiError(thrown);
  }
}

/** Hears every event of the core until the returned function is called. */
export function subscribe(handler: (event: Event) => void): () => void {
  return transport.listen(handler);
}
