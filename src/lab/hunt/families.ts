// Situations in which drivers go wrong, made from any filter: what applications and the control
// thread do at the same time. Each is a scenario without filters of its own; the hunt brings them.
// Contents of files are not looked at: a filter may change them, and comes and goes.
import { scenario } from './machine/scenario.ts';
import { FILE_NON_DIRECTORY_FILE, FILE_SHARE_DELETE, FILE_SHARE_READ, FILE_SHARE_WRITE }
  from '../../ntos/io/file-constants.ts';
import { FSCTL_REQUEST_BATCH_OPLOCK } from '../../ntos/io/control-codes.ts';
import type { Control } from './machine/control.ts';
import type { Files } from './machine/files.ts';
import type { HuntScenario } from './machine/scenario.ts';

const SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
const ASYNCHRONOUS = FILE_NON_DIRECTORY_FILE;

/** Opens, writes, reads, closes: what every filter sees all day. */
function traffic(path: (index: number) => string) {
  return (files: Files, index: number): void => {
    const file = files.create(path(index));
    files.write(file, 0, 'some text');
    files.read(file, 0, 9);
    files.close(file);
  };
}

const own = traffic((index) => `C:\\file${index}`);
const shared = traffic(() => 'C:\\shared');

function everyFilter(control: Control, what: (index: number) => void): void {
  for (let index = 0; index < control.filters; index++) what(index);
}

const twoOpens = scenario({
  name: 'two-opens', about: 'two opens of one stream, used and closed at the same time',
  applications: [shared, shared],
});

const unloadDuringIo = scenario({
  name: 'unload-during-io', about: 'the filter is unloaded while applications read and write',
  applications: [own, shared],
  control: (control) => everyFilter(control, (index) => void control.unload(index)),
});

const detachDuringIo = scenario({
  name: 'detach-during-io', about: 'the filter leaves the volume and comes back under load',
  applications: [own, shared],
  control: (control) => everyFilter(control, (index) => {
    control.detach(index);
    control.attach(index);
  }),
});

const cancelVsCompletion = scenario({
  name: 'cancel-vs-completion', about: 'a write is cancelled while storage completes it',
  applications: [
    (files) => {
      const file = files.create('C:\\slow', { options: ASYNCHRONOUS });
      const request = files.startWrite(file, 0, 'late', () => undefined);
      files.cancel(file, request);
      files.settle();
      files.close(file);
    },
    own,
  ],
});

const closeVsWork = scenario({
  name: 'close-vs-work', about: 'files are closed and deleted while what they began goes on',
  systemWorkers: 2,
  applications: [0, 1].map(() => (files: Files) => {
    const file = files.create('C:\\gone');
    files.write(file, 0, 'some text');
    files.remove(file);
    files.close(file);
  }),
});

const oplockVsCleanup = scenario({
  name: 'oplock-vs-cleanup', about: 'an oplock breaks while its holder closes the file',
  prepare: (files) => void files.close(files.create('C:\\held')),
  applications: [
    (files) => {
      const file = files.open('C:\\held', { options: ASYNCHRONOUS, share: SHARE_ALL });
      files.startControl(file, FSCTL_REQUEST_BATCH_OPLOCK, () => undefined);
      files.close(file);
      files.settle();
    },
    (files) => {
      const file = files.open('C:\\held', { share: SHARE_ALL });
      files.write(file, 0, 'breaks it');
      files.close(file);
    },
  ],
});

const renameVsOpen = scenario({
  name: 'rename-vs-open', about: 'a file gets another name while others open it by the old one',
  prepare: (files) => void files.close(files.create('C:\\old')),
  applications: [
    (files) => {
      const file = files.open('C:\\old', { share: SHARE_ALL });
      files.rename(file, '\\??\\C:\\new');
      files.close(file);
    },
    (files) => {
      const file = files.create('C:\\old', { share: SHARE_ALL });
      files.write(file, 0, 'which one?');
      files.close(file);
    },
  ],
});

const lowResources = scenario({
  name: 'low-resources', about: 'allocations of the filter fail, one or two in a schedule',
  faults: 2,
  applications: [own, shared],
  control: (control) => everyFilter(control, (index) => {
    control.detach(index);
    control.attach(index);
  }),
});

/** The built-in situations, in the order in which they are hunted. */
export const families: readonly HuntScenario[] = [twoOpens, unloadDuringIo, detachDuringIo,
  cancelVsCompletion, closeVsWork, oplockVsCleanup, renameVsOpen, lowResources];

/** A family by its name; also how a thread of the machine finds it. */
export const familyByName: Readonly<Record<string, HuntScenario>> =
  Object.fromEntries(families.map((family) => [family.name, family]));
