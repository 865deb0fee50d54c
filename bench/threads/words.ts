// What a word costs that several processors write: the same word, words of one cache line, words of
// lines of their own; and what that does to references and to blocks of memory.
import { add, load, store } from '../../src/atomics-sync/atomics.ts';
import { initFreeList, popFree, pushFree } from '../../src/atomics-sync/free-list.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag } from '../../src/ntos/ex/pool/pool.ts';
import { ExAcquireRundownProtection, ExInitializeRundownProtection, ExReleaseRundownProtection }
  from '../../src/ntos/ex/lock/rundown.ts';
import { NonPagedPool } from '../../src/ntos/ex/types.ts';
import { playSteps } from '../../src/lab/bench/steps.ts';
import { lineOf, sharedPiece } from '../shared-words.ts';
import type { Batch, StepResult, StepsData } from '../../src/lab/bench/steps.ts';

const BATCH = 256;
const TAG = 0x68636e62;
const ONE = sharedPiece(0);
const LINE = sharedPiece(1);
const OWN = 2;
const RUNDOWN = sharedPiece(3);
const STATE = sharedPiece(4);
const LIST = sharedPiece(5);
const BLOCKS = sharedPiece(6);
const BLOCK = 64;
const COUNT = 512;

function additions(address: number): Batch {
  return () => {
    for (let i = 0; i < BATCH; i++) add(address, 1);
    return BATCH;
  };
}

/** One word for all: whoever wants the object counts itself there. */
function references(index: number): Batch {
  if (index === 0) ExInitializeRundownProtection(RUNDOWN);
  return () => {
    let done = 0;
    for (let i = 0; i < BATCH; i++) {
      if (ExAcquireRundownProtection(RUNDOWN)) done++;
      ExReleaseRundownProtection(RUNDOWN);
    }
    return done;
  };
}

/** A word of one's own says "inside", the object's state is only looked at: the walk's gate. */
function gates(index: number): Batch {
  const mine = lineOf(OWN, index);
  return () => {
    let done = 0;
    for (let i = 0; i < BATCH; i++) {
      store(mine, 1);
      if (load(STATE) === 0) done++;
      store(mine, 0);
    }
    return done;
  };
}

function poolBlocks(): number {
  for (let i = 0; i < BATCH; i++) {
    ExFreePoolWithTag(ExAllocatePoolWithTag(NonPagedPool, BLOCK, TAG), TAG);
  }
  return BATCH;
}

function listBlocks(index: number): Batch {
  if (index === 0) initFreeList(LIST, BLOCKS, COUNT, BLOCK);
  return () => {
    for (let i = 0; i < BATCH; i++) pushFree(LIST, popFree(LIST));
    return BATCH;
  };
}

export function play(told: StepsData, place: { index: number; count: number }): StepResult[] {
  const { index } = place;
  return playSteps(told, place, {
    'one word': () => additions(ONE),
    'own words, one line': () => additions(LINE + 4 * index),
    'own words, own lines': () => additions(lineOf(OWN, index)),
    'one reference count': () => references(index),
    'own gates': () => gates(index),
    'one free list': () => listBlocks(index),
    'pool, own magazines': () => poolBlocks,
  });
}
