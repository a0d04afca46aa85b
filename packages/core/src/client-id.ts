/** Whether two client IDs name the same application. Case does not matter; an empty one names nothing. */
export function sameClientId(a: string, b: string): boolean {
  return a !== '' && (a === b || a.toLowerCase() === b.toLowerCase());
}
