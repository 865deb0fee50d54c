// THE WALK as straight-line code, for what nearly every operation does: callbacks that answer
// SUCCESS_WITH_CALLBACK or SUCCESS_NO_CALLBACK and change nothing, a driver below that completes in
// the call. callbacks.ts and dispatch.ts are the rules; the text made here does what they do, step
// by step, with every offset and callback written out. At the first thing that is out of the
// ordinary it hands the sheet to them, in the state that they would have left it in, and is done.
//
// One text for each volume, major function and generation of the volume's list. Each is unlike
// every other (its first line says for what it is), because V8 shares what it has learnt between
// functions of equal text (performance.md B4).
import { SL_INVOKE_ON_CANCEL, SL_INVOKE_ON_ERROR, SL_INVOKE_ON_SUCCESS }
  from '../../ntos/io/types.ts';
import { FLTFL_CALLBACK_DATA_DIRTY, FLTFL_CALLBACK_DATA_POST_OPERATION } from '../constants.ts';
import { CTRL_SENT_DOWN, NODE_ARMED, PHASE_BELOW, PHASE_FREE, PHASE_POST }
  from '../walk/irp-ctrl.ts';
import { BUSY_BELOW, BUSY_CALLBACK, chainBusy, chainGate, chainMark } from './instance-gate.ts';
import { filled, keptSheet } from './chain-fill.ts';
import { contextAt, contextOf, counted, dataAt, dataNow, irp, location, majorsAt,
  relatedAt, routineNow, sheet, stateOf } from './chain-words.ts';
import type { PFLT_VOLUME } from '../types.ts';

/** One instance's part, as the volume's callback list has it. */
export interface ChainNode {
  readonly instance: number;
  readonly expected: number;
  readonly pre: number;
  readonly post: number;
  readonly flags: number;
  readonly filter: number;
  /** Whether the driver's own function is known: see mem/routine-body.ts. */
  readonly isPreDirect: boolean;
  readonly isPostDirect: boolean;
}

/** What a chain is made for. */
export interface ChainPlan {
  readonly volume: PFLT_VOLUME;
  readonly lower: number;
  /** The driver object of `lower`. */
  readonly driver: number;
  /** The major function. */
  readonly slot: number;
  readonly sequence: number;
  /** The list's nodes as a sheet has them when an operation begins. */
  readonly fresh: number;
  readonly nodes: readonly ChainNode[];
  /** The completion routine of what is sent down. */
  readonly routine: number;
}

/** The thread's words that say whose callback it runs, as they were. */
const outside = `${routineNow}=r;${dataNow}=d;`;
const busy = `i32[${chainBusy >> 2}]`;
const gateNow = `i32[${chainGate >> 2}]`;
/** Not inside any more: nobody has to be told, see instance-gate. */
const leave = `${busy}=0;`;

/** This chain's views show its operation: again after the driver below, which may use them, too. */
const views = `D.address=ctrl+${dataAt};O.address=ctrl+${relatedAt};`;

/** What a callback finds in the sheet: whose turn it is. */
function aimed(n: ChainNode, i: number): string {
  return `${sheet.targetInstance}=${n.instance};${sheet.filter}=${n.filter};` +
    `${sheet.instance}=${n.instance};${sheet.position}=${i};`;
}

/**
 * Calls callback `w` of the chain; the thread's words say so until `outside`. Where the driver's
 * own function is known (mem/routine-body.ts), it is called with this chain's views.
 */
function called(w: string, id: number, isDirect: boolean, context: string, rest: string): string {
  const says = `${routineNow}=${id};`;
  const data = `ctrl+${dataAt}`;
  const objects = `ctrl+${relatedAt}`;
  if (!isDirect) return `${says}s=c${w}(${data},${objects},${context}${rest});`;
  const isPre = rest === '';
  return `${says}w='${w}';${isPre ? `x${w}.address=${context};` : ''}
s=b${w}(D,O,${isPre ? `x${w}` : context}${rest});pop(frame);`;
}

/**
 * Undoes what a callback changed in the parameters without saying so (OP-13, POST-6): where it was
 * given this chain's view, only when it wrote through the view or asked for an address.
 */
const mayDiffer = (isDirect: boolean): string => (isDirect ? 'touch.seen' : '1');
const settled = (isDirect: boolean): string =>
  (isDirect ? 'if(touch.seen!==0){touch.seen=0;revert(ctrl);}' : 'revert(ctrl);');
const isDirty = `${sheet.dataFlags}&${FLTFL_CALLBACK_DATA_DIRTY}`;

function down(n: ChainNode, i: number, mark: number): string {
  const arm = `${stateOf(i)}=${NODE_ARMED};armed|=${1 << i};`;
  if (n.pre === 0) return n.post === 0 ? '' : `${arm}\n`;
  const settle = settled(n.isPreDirect);
  const clean = `(${isDirty})===0&&${gateNow}===${mark}`;
  const withPost = n.post === 0 ? '' : `if(s===0&&${clean}){${settle}${arm}}else `;
  return `${aimed(n, i)}${counted(n.filter, 'Pre')}
${called(`p${i}`, n.pre, n.isPreDirect, `ctrl+${contextAt(i)}`, '')}
${withPost}if(s===1&&${clean}&&${contextOf(i)}===0){${settle}}
else{w='';${outside}return slowPre(ctrl,${i},s);}\n`;
}

function up(n: ChainNode, i: number, mark: number): string {
  if (n.post === 0) return '';
  // While this thread is inside nobody else takes a node of this operation, so a plain store will
  // do. A teardown that still looks at the operation which had the sheet before may hold a node for
  // a moment; what it puts back then (drainSheets) is an exchange that fails.
  return `if((armed&${1 << i})!==0){${stateOf(i)}=0;
${aimed(n, i)}${counted(n.filter, 'Post')}
${called(`q${i}`, n.post, n.isPostDirect, contextOf(i), ',0')}
if(s!==0||${gateNow}!==${mark}){w='';${outside}return slowPost(ctrl,${i},s);}
if(((${isDirty})|${mayDiffer(n.isPostDirect)})!==0){touch.seen=0;revert(ctrl);
${sheet.dataFlags}&=${~FLTFL_CALLBACK_DATA_DIRTY};}}\n`;
}

/** Which nodes a filter's registration flags leave out, decided at run time where there are any. */
function unlessSkipped(n: ChainNode, text: string, anySkip: number): string {
  return (n.flags & anySkip) === 0 ? text : `if((skip&${n.flags & anySkip})===0){${text}}\n`;
}

/** Gives the sheet back as the next operation of this chain finds it. */
function given(plan: ChainPlan, id: number): string {
  const kept = keptSheet(plan.slot);
  return `if(${kept}===0){${sheet.chain}=${id};${sheet.phase}=${PHASE_FREE};${kept}=ctrl;}
else give(ctrl);`;
}

/** The stack location below, with the completion routine; and the call of the driver below. */
function sent(plan: ChainPlan): string {
  const control = SL_INVOKE_ON_SUCCESS | SL_INVOKE_ON_ERROR | SL_INVOKE_ON_CANCEL;
  const copied = Array.from({ length: location.device - 1 }, (_, i) => i + 1);
  return `const n=location-${location.bytes},t=n>>2,at=${irp.locationNumber}-1;
if(at<=0)return noLocation(irp,ctrl,${plan.lower});
i32[t]=(i32[l]&0xffffff)|${control << 24};
${copied.map((i) => `i32[t+${i}]=i32[l+${i}];`).join('')}
i32[t+${location.device}]=${plan.lower};i32[t+${location.file}]=i32[l+${location.file}];
i32[t+${location.routine}]=${plan.routine};i32[t+${location.context}]=ctrl;
${irp.locationNumber}=at;${irp.location}=n;
${sheet.flags}=${CTRL_SENT_DOWN};${sheet.phase}=${PHASE_BELOW};
const outer=callBegins(ctrl);
s=table[i32[${(plan.driver + majorsAt) >> 2}+(i32[t]&0xff)]](${plan.lower},irp);
if(!callEnded(ctrl,outer)){${leave}return s;}`;
}

/**
 * The body of a chain: `(device, irp, location) => status`. Free names: see compileChain.
 * @param anySkip the registration flags that make a filter not see an operation.
 * @param id tells the chain from every other of the machine.
 */
export function chainText(plan: ChainPlan, anySkip: number, id: number): string {
  const { nodes } = plan;
  const mark = chainMark(plan.volume);
  const skips = nodes.some(({ flags }) => (flags & anySkip) !== 0);
  return `// volume ${plan.volume}, slot ${plan.slot}, sequence ${plan.sequence}, chain ${id}
return(device,irp,location)=>{
let s=0,armed=0,w='';
${filled(plan, id)}
const frame=push();${views}touch.seen=0;try{
${skips ? 'const skip=skipFlags(irp,location);' : ''}
${nodes.map((n, i) => unlessSkipped(n, down(n, i, mark), anySkip)).join('')}
${busy}=${BUSY_BELOW};${outside}${sheet.position}=${nodes.length};
if(${sheet.requests}!==0){${leave}return goDown(ctrl);}
w='';
if(armed===0){${leave}${given(plan, id)}skipLocation(irp);return callDriver(${plan.lower},irp);}
${sent(plan)}
if(${gateNow}!==${mark}||${irp.systemBuffer}!==${sheet.originalSystemBuffer}){
${leave}return goUp(ctrl,${nodes.length - 1});}
${busy}=${BUSY_CALLBACK};${sheet.phase}=${PHASE_POST};${dataNow}=ctrl+${dataAt};${views}
${sheet.dataFlags}|=${FLTFL_CALLBACK_DATA_POST_OPERATION};
${nodes.map((n, i) => up(n, i, mark)).toReversed().join('')}
w='';${leave}${outside}
if(${sheet.flags}!==${CTRL_SENT_DOWN}||${sheet.requests}!==0)return goUp(ctrl,-1);
s=${sheet.status};${irp.status}=s;${irp.information}=${sheet.information};
${given(plan, id)}complete(irp);return s;
}catch(thrown){return threw(w,thrown);}};`;
}
