import { describe, expect, it } from 'vitest';
import { personProblem } from './person';

describe('personProblem', () => {
  it.each([
    ['Mara Lindqvist', 'mara@northwind.example', []],
    ['  ', 'mara@northwind.example', ['name']],
    ['Mara <admin>', 'mara@northwind.example', ['name']],
    ['Mara', 'mara', ['email']],
    ['Mara', 'mara @x', ['email']],
    ['', '', ['name', 'email']],
  ])('%j and %j', (name, email, wrong) => {
    expect(Object.keys(personProblem(name, email))).toEqual(wrong);
  });
});
