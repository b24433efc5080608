/** Captures as a list shows them: those in a row that found the same are one line. Pure. */
import type { CaptureInfo } from '../../generated/CaptureInfo';

/** Captures that followed one another and found the same. */
export interface CaptureRun {
  /** The first of them: it says what had changed since the one before. */
  first: CaptureInfo;
  /** The latest of them. */
  last: CaptureInfo;
  times: number;
}

/** Folds captures, newest first, into runs, newest first. */
export function foldEqual(captures: readonly CaptureInfo[]): CaptureRun[] {
  const runs: CaptureRun[] = [];
  for (const capture of captures) {
    const run = runs.at(-1);
    if (run?.first.snapshot === capture.snapshot) {
      run.first = capture;
      run.times += 1;
    } else {
      runs.push({ first: capture, last: capture, times: 1 });
    }
  }
  return runs;
}
