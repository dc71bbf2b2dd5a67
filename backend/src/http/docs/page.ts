import { html, raw } from 'hono/html';
import { RIGHT, type RouteRight } from '../contract/route.js';
import type { OpenApiDocument } from '../openapi.js';
import { DOCS_STYLE } from './style.js';

/** The parts of OpenAPI that the page shows; all are written by ourselves, so nothing is checked again. */
interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  allOf?: Schema[];
  description?: string;
  default?: string | number | boolean;
  example?: unknown;
  minimum?: number;
  maximum?: number;
}
interface Content {
  content?: Record<string, { schema?: Schema }>;
  description?: string;
}
interface Operation {
  operationId: string;
  summary: string;
  description?: string;
  tags: string[];
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema: Schema }[];
  requestBody?: Content;
  responses: Record<string, Content>;
  [RIGHT]?: RouteRight;
}
/** Example bodies by the reference of their schema. */
type Examples = ReadonlyMap<string, unknown>;
type Markup = ReturnType<typeof html>;

/** The API as one page that needs no script, no network and no other file. */
export function docsPage(document: OpenApiDocument): Markup {
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Operation>).map(([method, operation]) => ({ path, method, operation })),
  );
  const groups = (document.tags ?? []).map(({ name, description }) => ({
    name,
    description,
    operations: operations.filter(({ operation }) => operation.tags.includes(name)),
  }));
  const schemas = Object.entries((document.components?.schemas ?? {}) as Record<string, Schema>);
  const examples: Examples = new Map(schemas.map(([name, { example }]) => [`#/components/schemas/${name}`, example]));
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${document.info.title} API</title>
        <style>
          ${raw(DOCS_STYLE)}
        </style>
      </head>
      <body>
        <nav aria-label="Contents">
          <a class="home" href="/">${document.info.title}</a>
          ${groups.map(
            (group) =>
              html`<h2>${group.name}</h2>
                <ul>
                  ${group.operations.map(({ operation }) => html`<li><a href="#${operation.operationId}">${operation.summary}</a></li>`)}
                </ul>`,
          )}
          <h2>Schemas</h2>
          <ul>
            ${schemas.map(([name]) => html`<li><a href="#schema-${name}">${name}</a></li>`)}
          </ul>
        </nav>
        <main>
          <h1>${document.info.title} API <small>${document.info.version}</small></h1>
          <p>${prose(document.info.description)} For programs: <a href="/openapi.json">openapi.json</a>.</p>
          ${groups.map(
            (group) =>
              html`<section>
                <h2>${group.name}</h2>
                <p>${prose(group.description)}</p>
                ${group.operations.map(({ path, method, operation }) => operationPart(path, method, operation, examples))}
              </section>`,
          )}
          <section>
            <h2>Schemas</h2>
            ${schemas.map(([name, schema]) => schemaPart(name, schema))}
          </section>
        </main>
      </body>
    </html>`;
}

function operationPart(path: string, method: string, operation: Operation, examples: Examples): Markup {
  const { parameters = [], requestBody, [RIGHT]: right = 'none' } = operation;
  return html`<article id="${operation.operationId}">
    <h3>${operation.summary}</h3>
    <p class="call"><b class="${method}">${method.toUpperCase()}</b> <code>${path}</code></p>
    ${right === 'none' ? '' : html`<p>Needs the right <b>${right}</b>.</p>`}
    <p>${prose(operation.description)}</p>
    ${
      parameters.length === 0
        ? ''
        : html`<table>
            <caption>
              Parameters
            </caption>
            ${parameters.map(
              ({ name, required, description, schema }) =>
                html`<tr>
                  <th scope="row"><code>${name}</code>${required ? ' *' : ''}</th>
                  <td>${typeOf(schema)}</td>
                  <td>
                    ${prose(description)}${schema.default === undefined ? '' : html` Default ${String(schema.default)}.`}
                  </td>
                </tr>`,
            )}
          </table>`
    }
    ${requestBody ? html`<p>Body: ${bodies(requestBody)}</p>` : ''}
    <table>
      <caption>
        Answers
      </caption>
      ${Object.entries(operation.responses).map(
        ([status, response]) =>
          html`<tr>
            <th scope="row">${status}</th>
            <td>${bodies(response)}</td>
            <td>${prose(response.description)}</td>
          </tr>`,
      )}
    </table>
    <pre><code>${curl(path, method, operation, examples)}</code></pre>
  </article>`;
}

function schemaPart(name: string, schema: Schema): Markup {
  const parts = schema.allOf ?? [schema];
  return html`<article id="schema-${name}">
    <h3>${name}</h3>
    <p>${prose(schema.description)}</p>
    ${parts.map((part) => (part.$ref ? html`<p>All of ${typeOf(part)}, and:</p>` : ''))}
    <table>
      ${parts.flatMap((part) =>
        Object.entries(part.properties ?? {}).map(
          ([field, property]) =>
            html`<tr>
              <th scope="row"><code>${field}</code>${part.required?.includes(field) ? ' *' : ''}</th>
              <td>${typeOf(property)}</td>
              <td>${prose(property.description)}</td>
            </tr>`,
        ),
      )}
    </table>
  </article>`;
}

const bodies = ({ content = {} }: Content): Markup =>
  html`${Object.entries(content).map(([type, { schema }]) => html`<code>${type}</code> ${schema ? typeOf(schema) : ''} `)}`;

function typeOf(schema: Schema): Markup {
  if (schema.$ref) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  if (schema.items) return html`list of ${typeOf(schema.items)}`;
  if (schema.enum) return html`${schema.enum.map(String).join(' · ')}`;
  if (schema.properties) {
    return html`{
    ${Object.entries(schema.properties).map(([name, part]) => html`<code>${name}</code> ${typeOf(part)}; `)} }`;
  }
  const range =
    schema.minimum !== undefined && schema.maximum !== undefined ? ` ${schema.minimum}–${schema.maximum}` : '';
  return html`${[schema.type].flat().filter(Boolean).join(' or ')}${range}`;
}

/** A call to paste into a terminal. */
function curl(path: string, method: string, operation: Operation, examples: Examples): string {
  const { parameters = [], requestBody } = operation;
  const exampleOf = (schema: Schema, otherwise: string): string =>
    schema.example === undefined
      ? otherwise
      : typeof schema.example === 'string'
        ? schema.example
        : JSON.stringify(schema.example);
  const address = parameters
    .filter((parameter) => parameter.in === 'path')
    .reduce((text, { name, schema }) => text.replace(`{${name}}`, exampleOf(schema, name)), path);
  const query = parameters
    .filter((parameter) => parameter.in === 'query' && parameter.required)
    .map(({ name, schema }) => ` --data-urlencode '${name}=${exampleOf(schema, '')}'`);
  const verb = method !== 'get' ? ` -X ${method.toUpperCase()}` : query.length > 0 ? ' -G' : '';
  const json = requestBody?.content?.['application/json']?.schema;
  const body = json
    ? ` -H 'Content-Type: application/json' -d '${JSON.stringify(examples.get(json.$ref ?? '') ?? {})}'`
    : requestBody
      ? ' -F files=@sound.wav'
      : '';
  return `curl${verb} http://localhost:8000${address}${query.join('')}${body}`;
}

/** Text with `code` marked as such. */
const prose = (text = ''): Markup =>
  html`${text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`;
