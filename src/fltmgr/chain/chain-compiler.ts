// THE WALK as straight-line code, for what nearly every operation does: callbacks that answer
// SUCCESS_WITH_CALLBACK or SUCCESS_NO_CALLBACK and change nothing, a driver below that completes in
// the call. callbacks.ts and dispatch.ts are the rules; a chain does what they do, step by step. At
// the first thing that is out of the ordinary it hands the sheet to them, in the state that they
// would have left it in, and is done.
//
// The text made here is what differs from chain to chain, its callbacks; the rest is called, see
// chain-steps.ts. One text for each volume, major function and generation of the volume's list.
// Each is unlike every other (its first line says for what it is), because V8 shares what it has
// learnt between functions of equal text (performance.md B4).
import { contextAt, contextOf, counted, dataAt, irql, relatedAt, routineNow, stateOf }
  from './chain-words.ts';
import { SEEN_ADDRESS, SEEN_WRITTEN } from './chain-turn.ts';
import { NODE_ARMED } from '../walk/irp-ctrl.ts';
import type { ChainShape } from './chain-shape.ts';

/** One instance's part, as the volume's callback list has it. */
export interface ChainNode {
  readonly pre: number;
  readonly post: number;
  readonly flags: number;
  readonly filter: number;
  /** Whether the driver's own function is known: see mem/routine-body.ts. */
  readonly isPreDirect: boolean;
  readonly isPostDirect: boolean;
}

/**
 * Calls callback `w` of node `i`; the thread's words say so. Where the driver's own function is
 * known (mem/routine-body.ts), it is called with views that know whose turn it is. They say, too,
 * when they were used in a way after which something has to be done: anything else may have.
 */
function called(w: string, i: number, id: number, isDirect: boolean, rest: string): string {
  const says = `turn.node=${i};${routineNow}=${id};`;
  const context = rest === '' ? `(ctrl+${contextAt(i)}|0)` : contextOf(i);
  if (!isDirect) {
    return `${says}turn.aim();turn.seen|=${SEEN_WRITTEN | SEEN_ADDRESS};
s=c${w}(ctrl+${dataAt},ctrl+${relatedAt},${context}${rest});`;
  }
  const isPre = rest === '';
  return `${says}if(turn.seen!==0)turn.aim();w='${w}';${isPre ? `x${w}.address=${context};` : ''}
s=b${w}(data,objects,${isPre ? `x${w}` : context}${rest});`;
}

function down(n: ChainNode, i: number): string {
  const arm = `${stateOf(i)}=${NODE_ARMED};armed|=${1 << i};`;
  if (n.pre === 0) return n.post === 0 ? '' : `${arm}\n`;
  const ends = `s===1&&${contextOf(i)}===0`;
  const goesOn = n.post === 0 ? ends : `(s===0||${ends})`;
  return `${contextOf(i)}=0;${counted(n.filter, 'Pre')}
${called(`p${i}`, i, n.pre, n.isPreDirect, '')}
if(!(${goesOn})||(turn.seen!==0&&!settlePre(ctrl))){w='';return slowPre(ctrl,${i},s);}
${n.post === 0 ? '' : `if(s===0){${arm}}`}\n`;
}

function up(n: ChainNode, i: number): string {
  if (n.post === 0) return '';
  // While this thread is inside nobody else takes a node of this operation, so a plain store will
  // do. A teardown that still looks at the operation which had the sheet before may hold a node for
  // a moment; what it puts back then (drainSheets) is an exchange that fails.
  return `if((armed&${1 << i})!==0){${stateOf(i)}=0;
${counted(n.filter, 'Post')}
${called(`q${i}`, i, n.post, n.isPostDirect, ',0')}
if(s!==0||(turn.seen!==0&&!settlePost(ctrl))){w='';return slowPost(ctrl,${i},s);}}\n`;
}

/** Which nodes a filter's registration flags leave out, decided at run time where there are any. */
function unlessSkipped(n: ChainNode, text: string, anySkip: number): string {
  return (n.flags & anySkip) === 0 ? text : `if((skip&${n.flags & anySkip})===0){${text}}\n`;
}

/**
 * The body of a chain: `(device, irp, location) => status`. Free names: see compileChain.
 * @param anySkip the registration flags that make a filter not see an operation.
 */
export function chainText(
  shape: ChainShape, nodes: readonly ChainNode[], anySkip: number,
): string {
  const skips = nodes.some(({ flags }) => (flags & anySkip) !== 0);
  const { volume, slot, sequence, id } = shape;
  return `// volume ${volume}, slot ${slot}, sequence ${sequence}, chain ${id}
return(device,irp,location)=>{
const ctrl=begin(shape,device,irp,location);
if(ctrl===0)return interpret(device,irp,location);
const c=ctrl>>2;let s=0,armed=0,w='',e=${irql}&31;try{
${skips ? 'const skip=skipFlags(irp,location);' : ''}
${nodes.map((n, i) => unlessSkipped(n, down(n, i), anySkip)).join('')}
w='';if(!send(shape,ctrl,irp,location,armed))return turn.status;
e=${irql}&31;
${nodes.map((n, i) => up(n, i)).toReversed().join('')}
w='';return end(shape,ctrl,irp);
}catch(thrown){return threw(w,thrown);}};`;
}
