// THE WALK as straight-line code, for what nearly every operation does: callbacks that answer
// SUCCESS_WITH_CALLBACK or SUCCESS_NO_CALLBACK and change nothing, a driver below that completes in
// the call. callbacks.ts and dispatch.ts are the rules; the text made here does what they do, step
// by step, with every offset and callback written out. At the first thing that is out of the
// ordinary it hands the sheet to them, in the state that they would have left it in, and is done.
//
// One text for each volume, major function and generation of the volume's list. Each is unlike
// every other (its first line says for what it is), because V8 shares what it has learnt between
// functions of equal text (performance.md B4).
import { boot } from '../../mem/boot-options.ts';
import { KPRCB, KTHREAD, currentPrcb, currentThread } from '../../ntos/ke/prcb.ts';
import { FLTFL_CALLBACK_DATA_DIRTY, FLTFL_CALLBACK_DATA_POST_OPERATION } from '../constants.ts';
import { COMPLETION_NODE, CTRL_SENT_DOWN, IRP_CTRL, NODE_ARMED, NODE_HELD, NODE_TAKEN,
  PHASE_BELOW, PHASE_POST, PHASE_PRE, nodeOf } from '../walk/irp-ctrl.ts';
import { chainGate, chainMark, chainNow, chainSequence } from './instance-gate.ts';
import { FLT_FILTER, FLT_FILTER_COUNTS, FLT_VOLUME } from '../attach/object.ts';
import { FLT_RELATED_OBJECTS } from '../types.ts';
import type { PIRP_CTRL } from '../walk/irp-ctrl.ts';
import type { PFLT_VOLUME } from '../types.ts';

/** One instance's part, as the volume's callback list has it. */
export interface ChainNode {
  readonly instance: number;
  readonly expected: number;
  readonly pre: number;
  readonly post: number;
  readonly flags: number;
  readonly filter: number;
}

/** What a chain is made for. */
export interface ChainPlan {
  readonly volume: PFLT_VOLUME;
  readonly lower: number;
  readonly slot: number;
  readonly sequence: number;
  /** The list's nodes as a sheet has them when an operation begins. */
  readonly fresh: number;
  readonly nodes: readonly ChainNode[];
}

const at = IRP_CTRL.bound;
const node = COMPLETION_NODE.bound;
const zero = 0 as PIRP_CTRL;
const zeroNode = 0 as never;

/** A word of the sheet `c`, by its byte offset. */
const word = (offset: number): string => `i32[c+${offset >> 2}]`;
const sheet = {
  phase: word(at.at_Phase(zero)), flags: word(at.at_Flags(zero)), irp: word(at.at_Irp(zero)),
  volume: word(at.at_Volume(zero)), device: word(at.at_DeviceObject(zero)),
  count: word(at.at_NodeCount(zero)), position: word(at.at_Position(zero)),
  rendezvous: word(at.at_Rendezvous(zero)), isPended: word(at.at_IsPended(zero)),
  thread: word(at.at_DispatchThread(zero)), slot: word(at.at_MajorSlot(zero)),
  ownedData: word(at.at_OwnedData(zero)), requests: word(at.at_StatusRequests(zero)),
  dataFlags: word(at.at_Data_Flags(zero)),
  status: word(at.at_Data_IoStatus_Status(zero)),
  information: word(at.at_Data_IoStatus_Information(zero)),
  targetInstance: word(at.at_Iopb_TargetInstance(zero)),
  targetFile: word(at.at_Iopb_TargetFileObject(zero)),
  filter: word(at.at_Related_Filter(zero)), instance: word(at.at_Related_Instance(zero)),
  file: word(at.at_Related_FileObject(zero)), size: word(at.at_Related_Size(zero)),
  transactionContext: word(at.at_Related_TransactionContext(zero)),
  transaction: word(at.at_Related_Transaction(zero)),
  relatedVolume: word(at.at_Related_Volume(zero)),
};
const dataAt = at.at_Data(zero);
const relatedAt = at.at_Related(zero);
const irql = `i32[${(currentPrcb + (KPRCB.offsets['CurrentIrql'] ?? 0)) >> 2}]`;
const routineNow = `i32[${KTHREAD.bound.at_CurrentRoutine(currentThread) >> 2}]`;
const dataNow = `i32[${KTHREAD.bound.at_CurrentData(currentThread) >> 2}]`;
const countsAt = (FLT_FILTER.offsets['Counts'] ?? 0) + boot.processor * FLT_FILTER_COUNTS.size;

/** Address of a member of node `i`, relative to the sheet. */
function inNode(i: number, member: number): number {
  return nodeOf(zero, i) + member;
}

function counted(filter: number, phase: 'Pre' | 'Post'): string {
  const first = (filter + countsAt + (FLT_FILTER_COUNTS.offsets[phase] ?? 0)) >> 2;
  return `k=${first}+${irql};i32[k]=i32[k]+1;`;
}

/** What a callback finds in the sheet: whose turn it is. */
function aimed(n: ChainNode, i: number): string {
  return `${sheet.targetInstance}=${n.instance};${sheet.filter}=${n.filter};` +
    `${sheet.instance}=${n.instance};${sheet.position}=${i};`;
}

/** The thread's words that say whose callback it runs: as they were, and for callbacks. */
const outside = `${routineNow}=r;${dataNow}=d;`;
const inside = `${dataNow}=ctrl+${dataAt};`;

/** Calls a callback; the words say so until `outside`. */
function called(routine: string, id: number, args: string): string {
  return `${routineNow}=${id};s=${routine}(ctrl+${dataAt},ctrl+${relatedAt},${args});`;
}

const stateOf = (i: number): string => word(inNode(i, node.at_State(zeroNode)));

/** Whether the thread is inside as it said: it has not slept, and nobody waits for it. */
const gateNow = `i32[${chainGate >> 2}]`;
const now = (instance: number): string => `i32[${chainNow >> 2}]=${instance};`;

function down(n: ChainNode, i: number, mark: number): string {
  const arm = `${stateOf(i)}=${NODE_ARMED};armed=1;`;
  if (n.pre === 0) return `${arm}\n`;
  const context = inNode(i, node.at_Context(zeroNode));
  const clean = `(${sheet.dataFlags}&${FLTFL_CALLBACK_DATA_DIRTY})===0&&${gateNow}===${mark}`;
  const withPost = n.post === 0 ? '' : `if(s===0&&${clean}){revert(ctrl);${arm}}else `;
  return `${now(n.instance)}${aimed(n, i)}${counted(n.filter, 'Pre')}
${called(`p${i}`, n.pre, `ctrl+${context}`)}
${withPost}if(s===1&&${clean}&&${word(context)}===0)revert(ctrl);
else{${outside}return slowPre(ctrl,${i},s);}\n`;
}

function up(n: ChainNode, i: number, mark: number): string {
  if (n.post === 0) return '';
  const context = inNode(i, node.at_Context(zeroNode));
  // Of this operation nobody claims a node, but a teardown may still look at the one that had the
  // sheet before (drainSheets): it holds a node for a moment, so it takes an exchange.
  const state = inNode(i, node.at_State(zeroNode));
  return `${sheet.position}=${i};
if(${stateOf(i)}===${NODE_ARMED}||${stateOf(i)}===${NODE_HELD}){
if(cas(ctrl+${state},${NODE_ARMED},${NODE_TAKEN})!==${NODE_ARMED}){${outside}
return leaveUp(ctrl,${i});}
${now(n.instance)}
${aimed(n, i)}${counted(n.filter, 'Post')}
${called(`q${i}`, n.post, `${word(context)},0`)}
if(s!==0||${gateNow}!==${mark}){${outside}return slowPost(ctrl,${i},s);}
settlePost(ctrl);}\n`;
}

/** Which nodes a filter's registration flags leave out, decided at run time where there are any. */
function unlessSkipped(n: ChainNode, text: string, anySkip: number): string {
  return (n.flags & anySkip) === 0 ? text : `if((skip&${n.flags & anySkip})===0){${text}}\n`;
}

function filled(plan: ChainPlan): string {
  return `${sheet.flags}=0;${sheet.irp}=irp;${sheet.volume}=${plan.volume};${sheet.device}=device;
${sheet.count}=${plan.nodes.length};${sheet.slot}=${plan.slot};${sheet.thread}=${currentThread};
${sheet.ownedData}=0;${sheet.isPended}=0;${sheet.size}=${FLT_RELATED_OBJECTS.size};
${sheet.transactionContext}=0;${sheet.transaction}=0;${sheet.relatedVolume}=${plan.volume};
copy(ctrl+${nodeOf(zero, 0)},${plan.fresh},${plan.nodes.length * COMPLETION_NODE.size});
i32[${chainSequence >> 2}]=${plan.sequence};store(${chainGate},${chainMark(plan.volume)});
if(load(${FLT_VOLUME.bound.at_Sequence(plan.volume)})!==${plan.sequence}){
store(${chainGate},0);give(ctrl);return interpret(device,irp,location);}
fill(ctrl,irp,location);
${sheet.file}=${sheet.targetFile};${sheet.rendezvous}=0;
${sheet.phase}=${PHASE_PRE};r=${routineNow};d=${dataNow};${inside}`;
}

/**
 * The body of a chain: `(device, irp, location) => status`. Free names: see ChainTools.
 * @param anySkip the registration flags that make a filter not see an operation.
 */
export function chainText(plan: ChainPlan, anySkip: number): string {
  const { nodes } = plan;
  const mark = chainMark(plan.volume);
  const skips = nodes.some(({ flags }) => (flags & anySkip) !== 0);
  return `// volume ${plan.volume}, slot ${plan.slot}, sequence ${plan.sequence}
return(device,irp,location)=>{
const ctrl=take();if(ctrl===0)return noSheet(irp);
const c=ctrl>>2;let s=0,r=0,d=0,k=0,armed=0;
${filled(plan)}
${skips ? 'const skip=skipFlags(irp,location);' : ''}
${nodes.map((n, i) => unlessSkipped(n, down(n, i, mark), anySkip)).join('')}
${now(0)}${outside}${sheet.position}=${nodes.length};
if(${sheet.requests}!==0){store(${chainGate},0);return goDown(ctrl);}
if(armed===0){store(${chainGate},0);give(ctrl);skipLocation(irp);
return callDriver(${plan.lower},irp);}
copyDown(irp,ctrl);${sheet.flags}=${CTRL_SENT_DOWN};${sheet.phase}=${PHASE_BELOW};
const outer=callBegins(ctrl);s=callDriver(${plan.lower},irp);
if(!callEnded(ctrl,outer)){if(${gateNow}===${mark})store(${chainGate},0);return s;}
if(${gateNow}!==${mark})return goUp(ctrl,${nodes.length - 1});
${sheet.phase}=${PHASE_POST};${inside}
${sheet.dataFlags}=${sheet.dataFlags}|${FLTFL_CALLBACK_DATA_POST_OPERATION};
${nodes.map((n, i) => up(n, i, mark)).toReversed().join('')}
store(${chainGate},0);${outside}
if(${sheet.flags}!==${CTRL_SENT_DOWN}||${sheet.requests}!==0)return goUp(ctrl,-1);
return finish(ctrl,irp,${sheet.status},${sheet.information});};`;
}
