// The other side of the peers' pools: a function that does nothing, as each pool wants it to be told.
export default function nothing(): number {
  return 0;
}
