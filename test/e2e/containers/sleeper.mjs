/** Does nothing until it is told to stop. */
process.on('SIGTERM', () => process.exit(0));
setInterval(() => undefined, 1 << 30);
