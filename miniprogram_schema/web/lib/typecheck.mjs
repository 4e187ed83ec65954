// Checks the mini-program's JavaScript with TypeScript against WeChat's typings.

import path from 'node:path';
import ts from 'typescript';
import { SCHEMA } from './project.mjs';

// 'Property … does not exist', with and without a proposal.
const UNKNOWN_PROPERTY = new Set([2339, 2551]);

/** @returns {string[]} one line for each fault: file, line, what is wrong. */
export function typeFaults() {
  const { options, fileNames } = settings();
  const program = ts.createProgram(fileNames, options);
  return ts
    .getPreEmitDiagnostics(program)
    .filter((fault) => !isOwnField(fault))
    .map(describe);
}

/** @returns {Set<string>} the absolute paths of the scripts that are looked at */
export function checkedFiles() {
  return new Set(settings().fileNames.map((name) => path.resolve(name)));
}

function settings() {
  const { config } = ts.readConfigFile(path.join(SCHEMA, 'tsconfig.json'), ts.sys.readFile);
  return ts.parseJsonConfigFileContent(config, ts.sys, SCHEMA);
}

// Pages and components keep what is not for the screen in fields of `this` that no declaration
// lists: WeChat's own habit. So only what is asked of other objects counts.
function isOwnField({ code, file, start }) {
  if (!UNKNOWN_PROPERTY.has(code) || !file) return false;
  let node = file;
  for (
    let inner = node;
    inner;
    inner = ts.forEachChild(node, (child) =>
      child.getStart(file) <= start && start < child.end ? child : undefined,
    )
  ) {
    node = inner;
  }
  return (
    ts.isPropertyAccessExpression(node.parent) &&
    node.parent.expression.kind === ts.SyntaxKind.ThisKeyword
  );
}

function describe({ file, start, messageText }) {
  const text = ts.flattenDiagnosticMessageText(messageText, ' ');
  if (!file) return text;
  const { line } = file.getLineAndCharacterOfPosition(start);
  return `${path.relative(SCHEMA, file.fileName)}:${line + 1}: ${text}`;
}
