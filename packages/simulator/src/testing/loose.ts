/**
 * Data whose shape a test itself asserts, such as the decoded body of an answer.
 *
 * @module
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a wrong path in it fails the test anyway
export type Loose = any;
