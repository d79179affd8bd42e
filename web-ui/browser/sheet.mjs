import { chromium } from "@playwright/test"; import fs from "node:fs"; import path from "node:path";
const [,, set, cols, width, perSheet, out] = process.argv;
const dir = path.resolve("results/screens", set);
const names = fs.readdirSync(dir).filter(n=>n.endsWith(".png")).sort();
const b = await chromium.launch({ executablePath: "/usr/bin/chromium", chromiumSandbox: false, args:["--disable-gpu","--allow-file-access-from-files"] });
const page = await b.newPage({ viewport: { width: cols*(+width+12)+12, height: 800 } });
for (let i=0, k=0; i<names.length; i+=+perSheet, k++) {
  const html = `<body style="margin:6px;background:#888;display:flex;flex-wrap:wrap;align-items:flex-start;font:12px sans-serif">` + names.slice(i,i+ +perSheet).map(n=>`<div style="margin:6px;width:${width}px"><div>${n}</div><div style="max-height:${set.startsWith("phone")?1100:900}px;overflow:hidden"><img style="width:100%" src="file://${dir}/${n}"></div></div>`).join("");
  fs.writeFileSync("/tmp/sheet.html", html); await page.goto("file:///tmp/sheet.html"); await page.waitForLoadState("networkidle");
  await page.screenshot({ path: `${out}-${k}.png`, fullPage: true });
}
await b.close(); console.log("done");
