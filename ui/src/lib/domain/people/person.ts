/** Checks what somebody types as their name and address, as the core will. Pure. */

/** What is wrong with each; nothing when it is right. */
export interface PersonProblem {
  name?: string;
  email?: string;
}

/** Says what the core would refuse. */
export function personProblem(name: string, email: string): PersonProblem {
  const problem: PersonProblem = {};
  if (name.trim() === '') problem.name = 'Your name is needed.';
  else if (/[<>]/u.test(name)) problem.name = 'A name has no < or >.';
  if (!/^[^\s@<>]+@[^\s@<>]+$/u.test(email.trim())) {
    problem.email = 'An address like mara@example.com is needed.';
  }
  return problem;
}
