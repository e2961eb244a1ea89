(() => {
  const width = document.documentElement.clientWidth, found = [];
  const page = document.scrollingElement || document.documentElement;
  if (page.scrollWidth > width) found.push(`the page is ${page.scrollWidth} wide, the window ${width}`);
  // What lies in a box that scrolls or clips is not out of the window, and the box itself is looked at.
  const held = element => {
    for (let box = element.parentElement; box && box != document.body && box != page; box = box.parentElement) {
      if (getComputedStyle(box).overflowX != "visible") return true;
    }
    return false;
  };
  for (const element of document.body.querySelectorAll("*")) {
    const box = element.getBoundingClientRect();
    if (!box.width || !box.height || element.ownerSVGElement && getComputedStyle(element.ownerSVGElement).overflow != "visible") continue;
    if ((box.left < -.5 || box.right > width + .5) && !held(element)) {
      found.push(`${element.localName}${element.id && "#" + element.id} from ${box.left} to ${box.right} of ${width}`);
    }
  }
  return found;
})()
