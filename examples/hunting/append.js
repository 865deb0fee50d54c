// Two applications at one file while the filter leaves the volume and comes back, for
// `fltlab hunt ./my-filter.js --scenario examples/hunting/append.js`. A scenario of a machine is a
// plain object; `files` is what an application can do, `control` what an administrator can.

/** @type {import('fltlab').HuntScenario} */
export const append = {
  name: 'append-while-detached',
  about: 'what is written is there, whether or not the filter is',
  prepare: (files) => void files.close(files.create('C:\\log')),
  applications: [0, 1].map((index) => (files) => {
    const file = files.open('C:\\log', { share: 7 });
    const status = files.write(file, 8 * index, 'a line..');
    if (status !== 'STATUS_SUCCESS') throw new Error(`the write says ${status}`);
    files.close(file);
  }),
  control(control) {
    control.detach(0);
    control.attach(0);
  },
  check(files) {
    const file = files.open('C:\\log');
    const text = files.read(file, 0, 16);
    if (text !== 'a line..a line..') throw new Error(`the file says ${text}`);
    files.close(file);
  },
};
