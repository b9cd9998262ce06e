/** Behind a job's name it names what undoes it, which is a job of the plan. */
export const UNDO = ".undo";

export function undoName(job: string): string {
  return `${job}${UNDO}`;
}
