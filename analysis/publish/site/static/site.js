/* Copy buttons, and nothing that reading needs. Buttons appear only where this runs. */
"use strict";

function copyByHand(text) {
  // For browsers that keep the clipboard from pages opened as files.
  const area = document.createElement("textarea");
  area.value = text;
  area.setAttribute("readonly", "");
  area.style.cssText = "position:fixed;top:0;left:-999em";
  document.body.append(area);
  const before = document.activeElement;
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  before?.focus();
  return done;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByHand(text);
  }
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    const done = await copy(source.textContent);
    const said = document.querySelector(".copied");
    said.textContent = done
      ? `${button.textContent.trim().replace(/^Copy/, "Copied:")}. Now paste it where you want it.`
      : "Your browser refused. Open “Or select the text yourself” and copy it from there.";
  });
}

// The search page shows what was looked for.
const words = document.getElementById("search-words");
if (words) words.value = new URLSearchParams(location.search).get("q") ?? "";
