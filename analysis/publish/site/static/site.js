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
    // The status next to the button; on a page with many, the others fall silent.
    for (const other of document.querySelectorAll(".copied")) other.textContent = "";
    const own = button.closest(".may-write") ?? document;
    const said = own.querySelector(".copied");
    said.textContent = done
      ? `${button.textContent.trim().replace(/^Copy/, "Copied:")}. Now paste it where you want it.`
      : "Your browser refused. Please select the text on this page and copy it by hand.";
  });
}

// The search page shows what was looked for.
const words = document.getElementById("search-words");
if (words) words.value = new URLSearchParams(location.search).get("q") ?? "";
