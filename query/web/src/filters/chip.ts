// How a filter reads on its chip.

export interface Value {
  value: string;
  excluded: boolean;
  /** Any value will do, or, where it is excluded, there may be none. */
  any?: boolean;
  /** The value is a star and an end: all that end so. */
  ends?: boolean;
}

/** A value in words; an attribute may be asked for that is empty. */
const worded = (value: string, label: (value: string) => string): string => (value === "" ? "empty" : label(value));

/** The words after the filter's name: "Failure", "not Success", "3 values". */
export function chipWords(values: Value[], label: (value: string) => string): { not: boolean; text: string } {
  const [first] = values;
  if (first === undefined) return { not: false, text: "" };
  if (values.length === 1 && first.any) return { not: false, text: first.excluded ? "none" : "any" };
  if (values.length === 1) return { not: first.excluded, text: worded(first.value, label) };
  const excluded = values.filter((one) => one.excluded).length;
  return { not: excluded === values.length, text: `${values.length} values` };
}
