// Scenarios on whole machines for tests of the hunter: a filter that does nothing wrong, in the
// situations that drivers get wrong.
import { scenario } from '#src/lab/hunt/machine/scenario.ts';
import type { Files } from '#src/lab/hunt/machine/files.ts';

function writeAndRead(files: Files, index: number): void {
  const file = files.create(`C:\\file${index}`);
  const written = files.write(file, 0, 'hello');
  const read = files.read(file, 0, 5);
  if (written !== 'STATUS_SUCCESS' || read !== 'hello') {
    throw new Error(`wrote: ${written}, read: ${read}`);
  }
  files.close(file);
}

/** Two applications at two files. */
export const quietPair = scenario({
  name: 'quiet-pair', applications: [writeAndRead, writeAndRead],
});

/** The filter is unloaded in the middle. */
export const unloadDuringIo = scenario({
  name: 'unload-during-io', applications: [writeAndRead, writeAndRead],
  control: (control) => {
    if (control.filters > 0) control.unload(0, true);
  },
});
