import { expect, test } from '@jest/globals';
import { accountName, parseAddressTemplate } from '../../activities/address.ts';
import { parseDjangoUserId } from '../../contract/ids.ts';

const djangoUserId = parseDjangoUserId('42');

test('the default is the address of the row, trimmed and in lower case', () => {
  const template = parseAddressTemplate('{email}');
  expect(template.usesEmail).toBe(true);
  expect(template.render({ djangoUserId, email: '  Ada.Lovelace@Example.com ' })).toBe(
    'ada.lovelace@example.com',
  );
});

test('an address made of the id does not depend on the row', () => {
  const template = parseAddressTemplate('u{id}@chat.example.invalid');
  expect(template.usesEmail).toBe(false);
  expect(template.render({ djangoUserId, email: null })).toBe('u42@chat.example.invalid');
});

test('a row without an address is refused where one is needed', () => {
  expect(() => parseAddressTemplate('{email}').render({ djangoUserId, email: null })).toThrow(
    expect.objectContaining({ code: 'AddressRefused' }),
  );
});

test.each([
  '',
  'chat@example.com',
  '{id}',
  '{email}{id}',
  '{mail}@example.com',
  'u {id}@example.com',
  '{id}@{id}',
])('the template "%s" is no template', (template) => {
  expect(() => parseAddressTemplate(template)).toThrow(
    expect.objectContaining({ code: 'ConfigurationInvalid' }),
  );
});

test.each([
  ['Ada', 'Lovelace', 'Ada Lovelace'],
  [' Ada ', '', 'Ada'],
  ['', '', 'User 42'],
  ['A', '', 'User 42'],
  ['A', 'B', 'A B'],
  ['Al', '', 'User 42'],
  ['𝒜𝒷', '', '𝒜𝒷'],
  [`${'x'.repeat(79)}𝒜`, '', 'x'.repeat(79)],
  ['x'.repeat(200), '', 'x'.repeat(80)],
  [`a${' '.repeat(90)}b`, '', 'User 42'],
])('first name "%s" and last name "%s" make "%s"', (firstName, lastName, expected) => {
  expect(accountName({ djangoUserId, firstName, lastName })).toBe(expected);
});
