import type { OpenApiDocument } from './document'

const json = { schema: { type: 'object' as const, description: 'JSON-RPC 2.0' } }
const stream = { schema: { type: 'string' as const } }

/** The MCP endpoint: what is in its messages MCP says itself, by `tools/list`. */
export const mcpPath: OpenApiDocument['paths'] = {
  '/mcp': {
    post: {
      operationId: 'mcp_post',
      summary: 'Message of an MCP client',
      description: 'MCP by Streamable HTTP. The first message is initialize; its answer has the header Mcp-Session-Id, which all others carry.',
      tags: ['mcp'],
      requestBody: { required: true, content: { 'application/json': json } },
      responses: {
        200: { description: 'The answer, or a stream that ends with it.', content: { 'application/json': json, 'text/event-stream': stream } },
        202: { description: 'A notification was taken.' },
        404: { description: 'The session is not known: initialize anew.' },
      },
    },
    get: {
      operationId: 'mcp_get',
      summary: 'Messages of the MCP server',
      description: 'The stream of what the server says by itself, one for each session.',
      tags: ['mcp'],
      responses: { 200: { description: 'The stream.', content: { 'text/event-stream': stream } }, 404: { description: 'The session is not known.' } },
    },
    delete: {
      operationId: 'mcp_delete',
      summary: 'End of an MCP session',
      description: 'Ends the session.',
      tags: ['mcp'],
      responses: { 200: { description: 'Ended.' }, 404: { description: 'The session is not known.' } },
    },
  },
}
