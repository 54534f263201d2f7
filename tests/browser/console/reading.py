"""Whether what stands on a page can be read: nothing is cut off, on screen or paper, or in the wrong language."""

from __future__ import annotations

import re
from collections.abc import Iterator

from playwright.sync_api import Page

from tests.conftest import ROOT

SOURCE = ROOT / "api" / "console" / "src"
TEXT = re.compile(r'"((?:[^"\\\n]|\\.)+)"')
CLIPPED = """
(paper) => {
  const found = [];
  const text = (node) => node.textContent.trim().replace(/\\s+/g, ' ').slice(0, 60);
  const told = (node) => `${node.tagName.toLowerCase()} “${text(node)}”`;
  const page = document.scrollingElement;
  const over = page.scrollWidth - page.clientWidth;
  if (over > 1) found.push(`the page is ${over} px too wide`);
  const hides = (way) => way === 'hidden' || way === 'clip' || (paper && way !== 'visible');
  for (const node of document.body.querySelectorAll('*')) {
    if (!node.textContent.trim() || node.closest('.unseen, .skip, svg, .react-flow, textarea, select')) continue;
    if (!node.checkVisibility()) continue;
    const style = getComputedStyle(node);
    const ellipsis = style.textOverflow === 'ellipsis' || style.webkitLineClamp !== 'none';
    const shortened = !paper && ellipsis && node.closest('[title]');
    if (hides(style.overflowX) && node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 0 && !shortened)
      found.push(`${told(node)} is cut off: ${node.scrollWidth} px in ${node.clientWidth}`);
    if (hides(style.overflowY) && node.scrollHeight > node.clientHeight + 2 && node.clientHeight > 0 && !shortened)
      found.push(`${told(node)} is cut off below: ${node.scrollHeight} px in ${node.clientHeight}`);
  }
  for (const node of document.querySelectorAll('select')) {
    const [style, pen] = [getComputedStyle(node), document.createElement('canvas').getContext('2d')];
    pen.font = style.font;
    const chosen = node.selectedOptions[0]?.text ?? '';
    const room = node.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    if (node.checkVisibility() && pen.measureText(chosen).width > room + 1)
      found.push(`select “${chosen}” is cut off`);
  }
  return found;
}
"""
"""What of the page's text cannot be read whole. On the screen, what scrolls or tells the rest as a title can be."""
OVERLAPPING = """
() => {
  const found = [];
  const told = (node) => `“${node.textContent.trim().replace(/\\s+/g, ' ').slice(0, 40)}”`;
  const words = [...document.querySelectorAll('main :is(button, a, th, label, legend, dt, dd, h1, h2, h3, .tone)')]
    .filter((node) => node.checkVisibility() && node.textContent.trim())
    .filter((node) => !node.closest('.unseen, .react-flow, thead') && getComputedStyle(node).position !== 'sticky')
    .map((node) => [node, node.getBoundingClientRect()]);
  for (const [place, [node, box]] of words.entries())
    for (const [other, its] of words.slice(place + 1)) {
      const across = Math.min(box.right, its.right) - Math.max(box.left, its.left);
      const down = Math.min(box.bottom, its.bottom) - Math.max(box.top, its.top);
      if (across > 3 && down > 3 && !node.contains(other) && !other.closest('[class*=decide]'))
        found.push(`${told(node)} and ${told(other)} overlap`);
    }
  return found;
}
"""
"""What of the screen stands over something else."""
WORDS = """
() => {
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!node.closest('script, style, code, pre, textarea')) found.add(walker.currentNode.textContent.trim());
  }
  for (const node of document.querySelectorAll('[aria-label], [title], [placeholder]'))
    for (const name of ['aria-label', 'title', 'placeholder']) found.add((node.getAttribute(name) ?? '').trim());
  return [...found].filter(Boolean);
}
"""


def cut_off(page: Page, *, paper: bool = False) -> list[str]:
    """What of the page cannot be read whole; on paper nothing scrolls, and no title tells the rest."""
    found: list[str] = page.evaluate(CLIPPED, paper)
    return found if paper else found + page.evaluate(OVERLAPPING)


def untranslated(page: Page) -> list[str]:
    """The console's own English texts that stand on a German page.

    What processes, rules and people say is in their own language: only what the console says itself is looked for.
    """
    english = {text for text in _texts("en.ts", "*texts.ts", "*Texts.ts") if " " in text and "{{" not in text}
    english -= set(_texts("de.ts", "*texts.de.ts", "*Texts.de.ts"))
    assert len(english) > 500, "no texts were found"
    return sorted(english.intersection(page.evaluate(WORDS)))


def _texts(*patterns: str) -> Iterator[str]:
    for pattern in patterns:
        for path in SOURCE.rglob(pattern):
            yield from TEXT.findall(path.read_text(encoding="utf-8"))
