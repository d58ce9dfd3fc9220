/** The server did not start, or can't. Trying the same again does not help: somebody has to look at it. */
export class ServingFailed extends Error {
  override name = 'ServingFailed';
}

/** The server is gone, or ended before it answered, through no fault of its own: it may be started again under another name. */
export class ServingLost extends Error {
  override name = 'ServingLost';
}
