// The whole page, in the place of what stood there first.

import { mount } from "svelte";

import App from "./App.svelte";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/log.css";
import "./styles/floating.css";
import "./styles/states.css";
import "./styles/narrow.css";
import "./styles/page.css";
import "./styles/shell.css";

/** Puts the page in the place of the frame that the document came with. */
export function begin(): void {
  const target = document.getElementById("app")!;
  target.replaceChildren();
  mount(App, { target });
}
