import { cleanup, render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DiffSide } from '../../generated/DiffSide';
import type { PictureView } from '../../generated/PictureView';
import ImageDiff from './ImageDiff.svelte';
import Picture from './Picture.svelte';
import Thumbnail from './preview/Thumbnail.svelte';

/** A PNG of one pixel. */
const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const DRAWN: PictureView = { state: 'drawn', png: PNG, width: 24, height: 16, notes: [] };
const REFUSED: PictureView = {
  state: 'refused',
  message: "This SVG can't be drawn: it takes longer than 5 s.",
};

class Observer {
  observe(): void {}
  disconnect(): void {}
}

beforeEach(() => vi.stubGlobal('ResizeObserver', Observer));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function side(blob: string, dimensions: [number, number] | null = null): DiffSide {
  return { blob, size_bytes: 10, dimensions, picture: 'image/svg+xml' };
}

describe('a picture', () => {
  it('is asked for as large as it shows, and shows no larger than it is', async () => {
    const load = vi.fn(() => Promise.resolve(DRAWN));
    render(Picture, { blob: 'a', alt: 'After', load });
    const image = await screen.findByAltText('After');
    expect(load).toHaveBeenCalledWith('a', { width: 128, height: 128 });
    expect(image.getAttribute('src')).toBe(`data:image/png;base64,${PNG}`);
    expect(image.style.maxWidth).toBe('24px');
    expect(image.style.maxHeight).toBe('16px');
  });

  it('says why it is not drawn, where it would be', async () => {
    render(Picture, { blob: 'a', alt: 'After', load: () => Promise.resolve(REFUSED) });
    await screen.findByText(/it takes longer than 5 s/u);
    expect(document.querySelector('img')).toBeNull();
  });

  it('can be asked for again when asking failed', async () => {
    const load = vi
      .fn<() => Promise<PictureView>>()
      .mockRejectedValueOnce({ message: 'Many other images are waiting to be drawn' })
      .mockResolvedValue(DRAWN);
    render(Picture, { blob: 'a', alt: 'After', load });
    await screen.findByText(/Many other images are waiting/u);
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    await screen.findByAltText('After');
  });

  it('forgets the one before when another takes its place', async () => {
    const answers = new Map<string, (view: PictureView) => void>();
    const load = (blob: string): Promise<PictureView> =>
      new Promise((resolve) => answers.set(blob, resolve));
    const { rerender } = render(Picture, { blob: 'a', alt: 'After', load });
    await waitFor(() => expect(answers.has('a')).toBe(true));
    await rerender({ blob: 'b' });
    await waitFor(() => expect(answers.has('b')).toBe(true));
    answers.get('b')?.(REFUSED);
    await screen.findByText(/it takes longer than 5 s/u);
    answers.get('a')?.(DRAWN);
    await Promise.resolve();
    expect(document.querySelector('img')).toBeNull();
  });
});

describe('images that are compared', () => {
  it('say what their drawings do not show, each once', async () => {
    const note = 'Only the first frame of its animation is shown.';
    const load = (): Promise<PictureView> => Promise.resolve({ ...DRAWN, notes: [note] });
    render(ImageDiff, { before: side('a'), after: side('b'), load });
    await waitFor(() => expect(screen.getAllByText(new RegExp(note, 'u'))).toHaveLength(2));
    await userEvent.click(screen.getByRole('button', { name: 'Difference' }));
    await waitFor(() => expect(screen.getAllByText(new RegExp(note, 'u'))).toHaveLength(1));
  });

  it('is as large as its header says, in numbers that can be read', async () => {
    const load = (): Promise<PictureView> => Promise.resolve(REFUSED);
    render(ImageDiff, { before: null, after: side('a', [60_000, 60_000]), load });
    await screen.findByText(/60,000 × 60,000 px/u);
  });
});

describe('a thumbnail', () => {
  it.each([
    ['is drawn', DRAWN, 1, 0],
    ['says why it is not', REFUSED, 0, 1],
    ['is a name where the release does not have it', undefined, 0, 0],
  ])('%s', async (_what, view, images, refusals) => {
    render(Thumbnail, { name: 'a/b.svg', side: 'after', load: () => Promise.resolve(view) });
    await screen.findByText('b.svg');
    await waitFor(() => expect(document.querySelectorAll('img')).toHaveLength(images));
    expect(screen.queryAllByLabelText(/can't be drawn/u)).toHaveLength(refusals);
  });
});
