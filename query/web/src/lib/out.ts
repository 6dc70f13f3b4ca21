// Links to other systems, from the templates of the settings: asked for once, by whatever needs them first.

import { api } from "./api";

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

/** A link that may be followed: http and https only, whatever the server says. */
export function safeUrl(url: string): string | undefined {
  try {
    const parsed = new URL(url);
    return parsed.protocol === "https:" || parsed.protocol === "http:" ? parsed.href : undefined;
  } catch {
    return undefined;
  }
}

let templates: readonly LinkTemplate[] = [];
let asked: Promise<void> | undefined;

/** The templates that were learnt. */
export const outTemplates = (): readonly LinkTemplate[] => templates;

/** Learns the templates; without them nothing leads out. Never fails. */
export function learnLinks(): Promise<void> {
  asked ??= api.get<{ links: LinkTemplate[] }>("links", new URLSearchParams()).then(({ links }) => { templates = links; }, () => {});
  return asked;
}

/** Where one value of a column leads, if it alone is enough for a link of its kind. */
export const leadsTo = (column: string, value: string): FilledLink | undefined => filled(templates.filter(({ kind }) => kind === column), { [column]: value })[0];
