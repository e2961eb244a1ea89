(() => {
  const element = document.activeElement;
  // Around, or out of the page: the walk is over.
  if (!element || element == document.body || window.__reached.has(element)) return null;
  window.__reached.add(element);
  const style = getComputedStyle(element);
  const seen = element.matches(":focus-visible") && (style.outlineStyle != "none" && parseFloat(style.outlineWidth) > 0 || style.boxShadow != "none");
  const name = element.getAttribute("aria-label") || element.textContent.trim() || element.title || element.localName;
  return name.slice(0, 80) + (seen ? "" : " (unseen)");
})()
