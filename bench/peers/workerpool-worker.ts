// The other side of workerpool.
import workerpool from 'workerpool';

workerpool.worker({ nothing: () => 0 });
