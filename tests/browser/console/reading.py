"""Whether what stands on a page can be read: nothing is cut off, and nothing stands there in the wrong language."""

from __future__ import annotations

CLIPPED = """
() => {
  const found = [];
  const told = (node) => `${node.tagName.toLowerCase()} “${node.textContent.trim().replace(/\\s+/g, ' ').slice(0, 60)}”`;
  const page = document.scrollingElement;
  if (page.scrollWidth > page.clientWidth + 1) found.push(`the page is ${page.scrollWidth - page.clientWidth} px too wide`);
  for (const node of document.body.querySelectorAll('*')) {
    if (!node.textContent.trim() || node.closest('.unseen, svg, .react-flow__viewport') || !node.checkVisibility()) continue;
    const style = getComputedStyle(node);
    const hides = (way) => way === 'hidden' || way === 'clip';
    const shortened = style.textOverflow === 'ellipsis' && node.closest('[title]');
    if (hides(style.overflowX) && node.scrollWidth > node.clientWidth + 1 && !shortened)
      found.push(`${told(node)} is cut off: ${node.scrollWidth} px in ${node.clientWidth}`);
    if (hides(style.overflowY) && node.scrollHeight > node.clientHeight + 2 && node.clientHeight > 0)
      found.push(`${told(node)} is cut off below: ${node.scrollHeight} px in ${node.clientHeight}`);
  }
  const words = [...document.body.querySelectorAll('button, a, th, label, legend, dt, h1, h2, h3, .tone, [role=tab]')]
    .filter((node) => node.checkVisibility() && node.textContent.trim() && !node.closest('.unseen, .skip, .react-flow'));
  for (const node of words) {
    const box = node.getBoundingClientRect();
    for (const other of words) {
      if (node === other || node.contains(other) || other.contains(node)) continue;
      const its = other.getBoundingClientRect();
      const across = Math.min(box.right, its.right) - Math.max(box.left, its.left);
      const down = Math.min(box.bottom, its.bottom) - Math.max(box.top, its.top);
      if (across > 3 && down > 3 && node.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING)
        if (![node, other].some((one) => one.closest('header, thead, [data-floating], [class*=decide]') || getComputedStyle(one).position === 'sticky'))
          found.push(`${told(node)} and ${told(other)} overlap`);
    }
  }
  return found;
}
"""
"""What of the page's text cannot be read whole: clipped without an ellipsis that tells the rest, or under another."""
