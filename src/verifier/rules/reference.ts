// A driver drops the references to filters, instances and volumes that it took, each once: one too
// many takes away what keeps the object for somebody else, one too few hangs the teardown of the
// object. Judged at each drop, and when the driver is unloaded; a teardown that waits for a
// reference is told by stall.ts.
import { IMAGE_UNLOADED, OBJECT_DEREFERENCED, OBJECT_REFERENCED } from '../../trace/event.ts';
import { currentImage } from '../driver-frames.ts';
import { objectName } from '../finding/filter-objects.ts';
import { imageName } from '../images.ts';
import { forgetReferences, noteDereference, noteReference, outstanding } from '../references.ts';
import { report } from '../finding/report.ts';
import { noteStack } from '../finding/stack.ts';
import type { Rule } from '../rule.ts';

function dropped(object: number): void {
  const image = currentImage();
  if (noteDereference(object, image) || image < 0) return;
  report({
    rule: 'lifetime.reference', image, parameters: [0xf517, object, 0, 0],
    cause: `a reference to ${objectName(object)} is dropped that no driver has taken, or that is ` +
      'dropped already',
  });
}

function unloaded(image: number): void {
  const left = outstanding().filter((entry) => entry.image === image);
  forgetReferences(image);
  if (left.length === 0) return;
  const what = left.map(({ object, count }) => `${count} to ${objectName(object)}`);
  report({
    rule: 'leak.reference', image, parameters: [0xf517, left[0]!.object, left[0]!.count, 0],
    cause: `${imageName(image)} was unloaded and left references: ${what.join(', ')}`,
    stacks: left.flatMap(({ object, stacks }) => stacks.map((frames) => (
      { title: `a reference to ${objectName(object)} was taken`, frames }))),
  });
}

export const reference: Rule = {
  name: 'reference',
  on: {
    [OBJECT_REFERENCED]: (object) => {
      noteReference(object, currentImage(), noteStack());
    },
    [OBJECT_DEREFERENCED]: dropped,
    [IMAGE_UNLOADED]: unloaded,
  },
};
