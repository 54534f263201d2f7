// After Vite: compress what is served, name whose work is in it, and hold the first load to its budget.
import { readFileSync, readdirSync, statSync, writeFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const DIST = "dist";
const BUDGET_BYTES = 200 * 1024;
const COMPRESSED = /\.(js|css|svg|html|txt)$/;

const files = (folder) =>
  readdirSync(folder, { recursive: true })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());

/** What a browser loads before it shows anything: the scripts that the page names, and those that they import. */
function firstLoad() {
  const names = [...readFileSync(join(DIST, "index.html"), "utf8").matchAll(/(?:src|href)="\/console\/([^"]+\.js)"/g)];
  const seen = new Set();
  const walk = (name) => {
    if (seen.has(name)) return;
    seen.add(name);
    const text = readFileSync(join(DIST, name), "utf8");
    for (const found of text.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) walk(`assets/${found[1]}`);
  };
  for (const found of names) walk(found[1]);
  return [...seen];
}

/** Every package that may be in the built files, with its licence and the text of it. */
function thirdParties() {
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8")).packages;
  const shipped = Object.entries(lock).filter(([path, one]) => path && !one.dev && !one.optional);
  const parts = shipped
    .filter(([path]) => existsSync(path))
    .map(([path]) => {
      const { name, version, license } = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
      const file = readdirSync(path).find((one) => /^licen[cs]e/i.test(one));
      const text = file ? readFileSync(join(path, file), "utf8").trim() : "(no text of the licence in the package)";
      return { name, version, license: typeof license === "string" ? license : "see below", text };
    });
  const refused = parts.filter((one) => /GPL/.test(one.license));
  if (refused.length) throw new Error(`not to be shipped: ${refused.map((one) => `${one.name} (${one.license})`)}`);
  parts.sort((a, b) => a.name.localeCompare(b.name));
  const rule = "-".repeat(78);
  return `Third-party software in the Interlock console\n\n${parts
    .map((one) => `${rule}\n${one.name} ${one.version}  ${one.license}\n${rule}\n${one.text}\n`)
    .join("\n")}`;
}

writeFileSync(join(DIST, "THIRD-PARTY.txt"), thirdParties());
for (const path of files(DIST).filter((one) => COMPRESSED.test(one))) {
  const content = readFileSync(path);
  const zipped = gzipSync(content, { level: 9 });
  if (zipped.length < content.length * 0.9) writeFileSync(`${path}.gz`, zipped);
}
const first = firstLoad();
const bytes = first.reduce((sum, name) => sum + gzipSync(readFileSync(join(DIST, name)), { level: 9 }).length, 0);
const told = `first load: ${(bytes / 1024).toFixed(1)} KB of JavaScript gzipped in ${first.length} files`;
if (bytes > BUDGET_BYTES) throw new Error(`${told}; the budget is ${BUDGET_BYTES / 1024} KB`);
console.log(told);
