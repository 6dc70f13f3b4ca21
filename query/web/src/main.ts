import { mount } from "svelte";

import App from "./App.svelte";
import { chosenTheme } from "./shell/theme";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/log.css";
import "./styles/floating.css";
import "./styles/panel.css";
import "./styles/interaction.css";
import "./styles/hotspots.css";
import "./styles/states.css";
import "./styles/narrow.css";
import "./styles/page.css";
import "./styles/shell.css";

chosenTheme.apply();
mount(App, { target: document.getElementById("app")! });
