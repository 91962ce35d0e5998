// @vitest-environment jsdom
import { expect, it } from 'vitest';
import type { PersonRecord } from '@/api';
import { actsFor } from './PeopleTable';

const person = (role: string, more: Partial<PersonRecord> = {}) =>
  ({ role: { code: role }, disabled_at: null, has_password: true, second_factor: true, ...more }) as PersonRecord;

it.each([
  [
    'an operator, to the security administrator',
    person('duty_operator'),
    true,
    true,
    'role link factor signIns disable',
  ],
  ['one who is disabled', person('maintenance', { disabled_at: 'x' }), true, true, 'role factor signIns enable'],
  ['an administrator, to the security administrator', person('auditor'), true, true, 'factor signIns'],
  ['one who has not come yet', person('auditor', { has_password: false }), true, true, 'factor signIns'],
  ['a former administrator', person('auditor', { disabled_at: 'x', second_factor: false }), true, true, 'role signIns'],
  ['an administrator, to another one', person('auditor'), false, true, 'factor'],
  ['an operator, to the auditor', person('duty_operator'), false, true, ''],
])('%s: %#', (_who, one, manages, decides, acts) => {
  expect(actsFor(one, manages, decides).join(' ')).toBe(acts);
});
