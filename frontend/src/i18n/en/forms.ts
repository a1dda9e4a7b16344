/** Names of spec fields and catalog kinds; where a field has no entry the schema's own title is shown. */
export const forms = {
  'form.more': 'More',
} as const;
