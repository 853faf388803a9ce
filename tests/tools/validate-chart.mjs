// Validates every Kubernetes object in the YAML on standard input against the schema of its kind. Prints one line an object; exit code 1 if any is wrong.
import { createRequire } from "node:module";
import { parseAllDocuments } from "yaml";

const require = createRequire(import.meta.url);
let text = "";
for await (const chunk of process.stdin) text += chunk;

let wrong = 0;
let count = 0;
for (const document of parseAllDocuments(text)) {
  if (document.errors.length > 0) {
    console.log(`INVALID YAML ${document.errors[0].message}`);
    wrong++;
    continue;
  }
  const object = document.toJS();
  if (!object) continue;
  count++;
  const title = `${object.apiVersion} ${object.kind} ${object.metadata?.name}`;
  try {
    const kinds = require(`kubernetes-models/${object.apiVersion}/${object.kind}`);
    new kinds[object.kind](object).validate();
    console.log(`valid   ${title}`);
  } catch (error) {
    wrong++;
    console.log(`INVALID ${title}: ${error.message}`);
  }
}
console.log(`${count} objects, ${wrong} invalid`);
process.exit(wrong > 0 || count === 0 ? 1 : 0);
