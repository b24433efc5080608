/** Who acts here, as somebody types it. */
import type { Person } from '../../generated/Person';
import { call } from '../backend';
import { personProblem, type PersonProblem } from '../domain/people/person';

/** A name and an address on their way to being saved. */
export class PersonForm {
  name = $state('');
  email = $state('');

  constructor(known: Person | null | undefined) {
    this.name = known?.name ?? '';
    this.email = known?.email ?? '';
  }

  /** What is wrong with each; nothing when it is right. */
  get problem(): PersonProblem {
    return personProblem(this.name, this.email);
  }

  /** Whether both are right. */
  get isRight(): boolean {
    return this.problem.name === undefined && this.problem.email === undefined;
  }

  /** The person that is typed. */
  get person(): Person {
    return { name: this.name.trim(), email: this.email.trim() };
  }

  /** Makes it who acts from now on. Rejects with an `ApiError`. */
  readonly save = (): Promise<unknown> => call('person_set', this.person);
}
