import "./styles/tokens.css";
import "./styles/base.css";
import "./components/layout/layout.css";
import "./components/status/status.css";
import "./components/controls/controls.css";
import "./components/filters/filters.css";
import "./components/tables/tables.css";
import "./components/charts/charts.css";
import "./shell/shell.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./app.tsx";
import { applyTheme, readTheme } from "./shell/theme.ts";

applyTheme(readTheme());
const root = document.querySelector("#root");
if (!root) throw new TypeError("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
