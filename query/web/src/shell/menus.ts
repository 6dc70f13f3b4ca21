// What floats once somebody asks for it, and what only few see: one file, which comes after the first rows.

export { default as Columns } from "../log/ColumnList.svelte";
export { default as Empty } from "../log/Empty.svelte";
export { default as Export } from "./Export.svelte";
export { default as Ids } from "../filters/Ids.svelte";
export { default as Period } from "../filters/Period.svelte";
export { default as Share } from "./Share.svelte";
export { default as Values } from "../filters/Values.svelte";
export { default as Views } from "./Views.svelte";
export { default as Welcome } from "../log/Welcome.svelte";
