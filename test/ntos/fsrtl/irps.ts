// IRPs without an I/O manager around, for tests of the FsRtl packages: the lab's.
export { completed, freshPackages, makeFile, makeIrp, takeCompleted, writeLarge }
  from '#src/lab/oplock-vectors/irps.ts';
