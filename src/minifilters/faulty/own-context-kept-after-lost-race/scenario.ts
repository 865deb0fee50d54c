// BZ-037: two applications open one file at the same time; both opens have to be counted.
import { shared } from '../../../lab/hunt/machine/files.ts';
import { must } from '../../../lab/hunt/machine/scenario.ts';
import { FILE_READ_ATTRIBUTES, GENERIC_READ, SYNCHRONIZE }
  from '../../../ntos/io/file-constants.ts';
import { zooScenario } from '../../../lab/zoo/scenario.ts';
import type { Files, OpenFile } from '../../../lab/hunt/machine/files.ts';

/** The code of the filters that asks how often a file was opened for reading. */
const FSCTL_QUERY_OPENS = 0x92400;
const quietly = { access: FILE_READ_ATTRIBUTES | SYNCHRONIZE, ...shared };
/** Keeps the stream alive; set anew in each schedule, by the thread that uses it. */
let kept: OpenFile | undefined;

function openForReading(files: Files): void {
  files.close(files.open('C:\\file', { access: GENERIC_READ | SYNCHRONIZE, ...shared }));
}

export const story = zooScenario({
  id: 'BZ-037', name: 'own-context-kept-after-lost-race', interleaving: 'chosen',
  detectors: ['invariant', 'leak', 'data-race'],
  about: 'two opens of one stream both make a context, and the loser counts in the one that is ' +
    'not set',
  completion: 'inline',
  prepare: (files) => {
    files.close(files.create('C:\\file', { access: SYNCHRONIZE }));
    kept = files.open('C:\\file', quietly);
  },
  applications: [openForReading, openForReading],
  check: (files) => {
    const status = files.control(kept!, FSCTL_QUERY_OPENS);
    const opens = files.user.information;
    files.close(kept!);
    must(status === 'STATUS_SUCCESS' && opens === 2, `of 2 opens ${opens} were counted: ${status}`);
  },
});
