// The first part of a compiled chain: a sheet is taken and filled as fillFromIrp does it, for one
// major function, so without asking what it is. What is the same for each operation of the chain
// stays in the sheet from one to the next: a chain that ends an operation in the common way says so
// in the sheet (IRP_CTRL.Chain), and only another user of it writes everything anew.
import { IRP_BUFFERED_IO, IRP_MJ_CREATE, IRP_MJ_DEVICE_CONTROL, IRP_MJ_FILE_SYSTEM_CONTROL,
  IRP_MJ_INTERNAL_DEVICE_CONTROL, IRP_MJ_LOCK_CONTROL } from '../../ntos/io/types.ts';
import { currentThread } from '../../ntos/ke/prcb.ts';
import { FLTFL_CALLBACK_DATA_IRP_OPERATION, FLTFL_CALLBACK_DATA_SYSTEM_BUFFER }
  from '../constants.ts';
import { COMPLETION_NODE, PHASE_PRE, firstKept } from '../walk/irp-ctrl.ts';
import { bufferOffset, mdlOffset } from '../walk/callback-data.ts';
import { FLT_VOLUME } from '../attach/object.ts';
import { FLT_RELATED_OBJECTS } from '../types.ts';
import { BUSY_CALLBACK, chainBusy, chainGate, chainMark, chainSequence, chainSheet }
  from './instance-gate.ts';
import { FIRST_PARAMETER, IOPB_WORDS, TARGET_INSTANCE, agreedWord, contextOf, dataAt, dataNow,
  iopbWord, irp, location, nodesAt, queueWord, requestorModeAt, routineNow, sheet, stateOf }
  from './chain-words.ts';
import type { ChainPlan } from './chain-compiler.ts';

/** The words of a parameter block that an operation has: the target instance is each filter's. */
const indices: readonly number[] =
  Array.from({ length: IOPB_WORDS }, (_, i) => i).filter((i) => i !== TARGET_INSTANCE);

/** Words of a stack location's parameters that every major takes over. */
const COMMON_WORDS = 4;
/** Majors whose parameters are not the same words for every request: fillFromIrp looks at them. */
const OTHERS: readonly number[] = [IRP_MJ_CREATE, IRP_MJ_FILE_SYSTEM_CONTROL,
  IRP_MJ_DEVICE_CONTROL, IRP_MJ_INTERNAL_DEVICE_CONTROL, IRP_MJ_LOCK_CONTROL];

/** Where this processor keeps a sheet for chains of a major function. */
export const keptSheet = (slot: number): string => `i32[${firstKept + slot}]`;

/** One store for each word that is the same for every operation of the chain. */
function lasting(plan: ChainPlan): string {
  return `${sheet.volume}=${plan.volume};${sheet.device}=device;
${sheet.count}=${plan.nodes.length};${sheet.slot}=${plan.slot};${sheet.thread}=${currentThread};
${sheet.ownedData}=0;${sheet.isPended}=0;${sheet.rendezvous}=0;
${sheet.sizeAndContext}=${FLT_RELATED_OBJECTS.size};${sheet.transaction}=0;
${sheet.relatedVolume}=${plan.volume};${nothings(plan.slot)}
copy(ctrl+${nodesAt},${plan.fresh},${plan.nodes.length * COMPLETION_NODE.size});`;
}

/** What an operation that went before has left in the nodes. */
function nodesAgain(plan: ChainPlan): string {
  return plan.nodes.map((_, i) => `${contextOf(i)}=0;${stateOf(i)}=0;`).join('');
}

/** The words of a parameter block for a major with plain ones, as text over the IRP; undefined
 *  where nothing ever is. */
function plainWords(major: number): (string | undefined)[] {
  const words: (string | undefined)[] = Array.from({ length: IOPB_WORDS }, () => undefined);
  words[0] = 'f';
  words[1] = 'i32[l]&0xffffff';
  words[2] = `i32[l+${location.file}]`;
  for (let i = 0; i < COMMON_WORDS; i++) {
    words[FIRST_PARAMETER + i] = `i32[l+${location.parameters + i}]`;
  }
  const buffer = bufferOffset(major);
  if (buffer !== 0) {
    words[FIRST_PARAMETER + (buffer >> 2)] =
      `(f&${IRP_BUFFERED_IO})!==0?${irp.systemBuffer}:${irp.userBuffer}`;
  }
  const mdl = mdlOffset(major);
  if (mdl !== 0) words[FIRST_PARAMETER + (mdl >> 2)] = irp.mdl;
  return words;
}

/** The parameters of such a major, from the IRP to the sheet. */
function plainParameters(major: number): string {
  const words = plainWords(major);
  const used = indices.filter((i) => words[i] !== undefined);
  return used.map((i) => `k=${words[i]!};${iopbWord(i)}=k;${agreedWord(i)}=k;`).join('');
}

/** The words that are nothing in every operation of such a major. */
function nothings(major: number): string {
  if (OTHERS.includes(major)) return '';
  const words = plainWords(major);
  return indices.filter((i) => words[i] === undefined)
    .map((i) => `${iopbWord(i)}=0;${agreedWord(i)}=0;`).join('');
}

function plainFill(major: number): string {
  return `const f=${irp.flags};
${sheet.dataFlags}=(f&${IRP_BUFFERED_IO})!==0?${
  FLTFL_CALLBACK_DATA_IRP_OPERATION | FLTFL_CALLBACK_DATA_SYSTEM_BUFFER}:${
  FLTFL_CALLBACK_DATA_IRP_OPERATION};
${sheet.dataThread}=${irp.thread};${sheet.tagData}=0;
u8[ctrl+${requestorModeAt}]=${irp.requestorMode};
${sheet.status}=0;${sheet.information}=0;${[0, 1, 2, 3].map((i) => `${queueWord(i)}=0;`).join('')}
${sheet.originalFlags}=f;${sheet.originalMdl}=${irp.mdl};
${sheet.originalUserBuffer}=${irp.userBuffer};${sheet.originalSystemBuffer}=${irp.systemBuffer};
${plainParameters(major)}`;
}

/** For the majors whose parameters depend on the request. */
const otherFill = 'fill(ctrl,irp,location);';

/** The sheet `ctrl`, whose index is `c`, filled; this thread is inside the volume's generation. */
export function filled(plan: ChainPlan, id: number): string {
  const mark = chainMark(plan.volume);
  const gate = `i32[${chainGate >> 2}]`;
  const sequence = `i32[${chainSequence >> 2}]`;
  const busy = `i32[${chainBusy >> 2}]`;
  const kept = keptSheet(plan.slot);
  return `let ctrl=${kept},k=0;
if(ctrl!==0)${kept}=0;else{ctrl=take();if(ctrl===0)return noSheet(irp);}
const c=ctrl>>2,q=irp>>2,l=location>>2;
k=${sheet.chain};${sheet.chain}=0;
if(k===${id}){${nodesAgain(plan)}}else{${lasting(plan)}}
${busy}=${BUSY_CALLBACK};i32[${chainSheet >> 2}]=ctrl;
if(${gate}!==${mark}||${sequence}!==${plan.sequence}){
${sequence}=${plan.sequence};store(${chainGate},${mark});}
if(load(${FLT_VOLUME.bound.at_Sequence(plan.volume)})!==${plan.sequence}){
${busy}=0;give(ctrl);return interpret(device,irp,location);}
${sheet.flags}=0;${sheet.irp}=irp;
${OTHERS.includes(plan.slot) ? otherFill : plainFill(plan.slot)}
${sheet.file}=i32[l+${location.file}];${sheet.phase}=${PHASE_PRE};
const r=${routineNow},d=${dataNow};${dataNow}=ctrl+${dataAt};`;
}
