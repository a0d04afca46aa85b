/** Something that is wrong in an object that somebody wrote. A value, never an exception: bad input is normal input. */
export interface Problem {
  /** JSON path in the object, for example `spec.resourceID` or `metadata.labels["a/b"]`. Empty for the whole object. */
  readonly path: string;
  /** What is wrong there. */
  readonly message: string;
  /** What to write instead. */
  readonly fix: string;
}

/** One line for logs and lint output: `spec.selector: is a number (write it as a string: "42")`. */
export function formatProblem(problem: Problem): string {
  const place = problem.path === '' ? '' : `${problem.path}: `;
  return `${place}${problem.message} (${problem.fix})`;
}
