import { describe, expect, it } from 'vitest';
import type { Environment } from '../../generated/Environment';
import { connectionOf, draftOf, emptyFields, fieldsOf, isComplete, secretsOf } from './draft';

const PRODUCTION: Environment = {
  id: 'e-1',
  added_at: 0,
  name: 'production',
  platform: 'folder',
  tier: 'production',
  promotes_to: null,
  connection: { path: '/srv/shop', layout: 'theme' },
  rules: [
    {
      action: 'keep',
      resources: 'theme/file:config/settings_data.json',
      fields: ['current.settings.tracking_id'],
      reason: 'Differs on purpose.',
    },
  ],
  approvals: { required: 2, author_counts: false },
};

describe('environment fields', () => {
  it('come back as the settings that they were made from', () => {
    const { id: _id, added_at: _at, ...settings } = PRODUCTION;
    expect(draftOf(fieldsOf(PRODUCTION))).toEqual(settings);
  });

  it('leave the layout to be recognised', () => {
    expect(connectionOf({ path: ' /srv/shop ', layout: 'auto' })).toEqual({ path: '/srv/shop' });
  });

  it('ask for the approvals of the tier unless told otherwise', () => {
    expect(draftOf({ ...emptyFields(), name: 'x' }).approvals).toBeNull();
  });

  it('leave out rules that were never filled in', () => {
    const rules = [{ action: 'ignore' as const, resources: ' ', fields: [], reason: '' }];
    expect(draftOf({ ...emptyFields(), rules }).rules).toEqual([]);
  });

  it('come back as the connection to a store, and hold no secret', () => {
    const connection = {
      store: 'northwind.myshopify.com',
      auth: { kind: 'client_credentials', client_id: 'app' },
      theme: '42',
      theme_strategy: 'in_place',
      theme_access: true,
    };
    const fields = fieldsOf({ ...PRODUCTION, platform: 'shopify', connection });
    expect(draftOf(fields).connection).toEqual(connection);
    expect(secretsOf(fields.store)).toBeUndefined();
  });

  it('send secrets beside the settings', () => {
    const fields = emptyFields();
    fields.platform = 'shopify';
    fields.store.store = 'northwind';
    expect(isComplete(fields, true)).toBe(false);
    fields.store.secret = ' shpat_1 ';
    fields.store.themeSecret = 'shptka_1';
    expect(isComplete(fields, true)).toBe(true);
    expect(secretsOf(fields.store)).toEqual({ access: 'shpat_1', theme: 'shptka_1' });
    expect(JSON.stringify(draftOf(fields))).not.toContain('shp');
  });
});
