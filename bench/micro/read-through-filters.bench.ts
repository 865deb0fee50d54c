// What a filter adds to one read: NtReadFile on a volume that completes at once, through 0, 1 and 3
// filters that have a pre- and a post-operation callback and do nothing.
import { measure } from '../measure.ts';
import { bootMachine } from '../../src/machine/boot.ts';
import { mountVolume } from '../../src/machine/file-systems.ts';
import { NtReadFile } from '../../src/ntos/io/nt-read-write.ts';
import { makeFilter } from '../../test/support/make-filter.ts';
import { open } from '../../test/support/open-file.ts';

const BATCH = 500;
const USER_BUFFER = 0x20000;
const USER_STATUS = 0x30000;

bootMachine();
mountVolume({ fileSystem: 'null-fs', name: '\\Device\\Null', letter: 'N' });
const { handle } = open('N:\\file');

function reads(): void {
  for (let i = 0; i < BATCH; i++) NtReadFile(handle, 0, USER_STATUS, USER_BUFFER, 512, 0);
}

for (const [count, add] of [[0, 0], [1, 1], [3, 2]] as const) {
  for (let i = 0; i < add; i++) {
    makeFilter({
      name: `bench${count}${i}`,
      altitude: `${count}.${i}1`,
      operations: [{ major: 3, pre: () => 0, post: () => 0 }],
    });
  }
  measure(`read null-fs, ${count} filters`, BATCH, reads);
}
