// Links to other systems, from the templates of the settings.

import { safeUrl } from "../details/columns";

/** A template of the settings. */
export interface LinkTemplate {
  kind: string;
  label: string;
  template: string;
}

/** A link with its values. */
export interface FilledLink {
  kind: string;
  label: string;
  url: string;
}

/** Fills templates in; those without a value for each of their placeholders are left out. Only http and https. */
export function filled(templates: readonly LinkTemplate[], values: Record<string, string | undefined>): FilledLink[] {
  return templates.flatMap(({ kind, label, template }) => {
    let whole = true;
    const text = template.replace(/\{([a-z_]+)\}/g, (_, name: string) => {
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      whole &&= value !== undefined;
      return encodeURIComponent(value ?? "");
    });
    const url = whole ? safeUrl(text) : undefined;
    return url === undefined ? [] : [{ kind, label, url }];
  });
}
