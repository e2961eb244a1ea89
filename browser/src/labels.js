(() => {
  const found = [], least = 9;
  for (const plot of document.querySelectorAll("svg")) {
    const frame = plot.getBoundingClientRect();
    if (!frame.width) continue;
    const scale = frame.width / plot.viewBox.baseVal.width;
    const labels = [...plot.querySelectorAll("text")].map(text => [text.textContent, text.getBoundingClientRect(), text]);
    const say = (text, what) => found.push(`${plot.id}: ${JSON.stringify(text)} ${what}`);
    labels.forEach(([text, box, element], n) => {
      const size = parseFloat(getComputedStyle(element).fontSize) * scale;
      if (size < least) say(text, `is ${size.toFixed(1)} px high`);
      if (box.left < frame.left - 1 || box.right > frame.right + 1) say(text, `is cut off: ${box.left} to ${box.right} of ${frame.left} to ${frame.right}`);
      for (const [other, beside] of labels.slice(n + 1)) {
        const [across, down] = [["left", "right"], ["top", "bottom"]].map(([from, to]) =>
          Math.min(box[to], beside[to]) - Math.max(box[from], beside[from]));
        // Boxes are higher than letters.
        if (across > 1 && down > size * .4) say(text, `is over ${JSON.stringify(other)}`);
      }
    });
  }
  return found;
})()
