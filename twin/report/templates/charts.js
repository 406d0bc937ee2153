// The legend above the charts: a click hides or shows a policy in every figure at once.
"use strict";
(() => {
  const setVisible = (arm, visible) => {
    for (const document_ of Bokeh.documents)
      for (const model of document_._all_models.values())
        if (model.name === `arm:${arm}`) model.visible = visible;
  };
  for (const button of document.querySelectorAll("#arm-legend button"))
    button.addEventListener("click", () => {
      const visible = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(visible));
      setVisible(button.dataset.arm, visible);
    });
})();
