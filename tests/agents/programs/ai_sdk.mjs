// An agent of the AI SDK for a known person, whole and streamed, and a call that fails.
import { createOpenAI } from '@ai-sdk/openai';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { generateText, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';

const sdk = new NodeSDK({ traceExporter: new OTLPTraceExporter() });
sdk.start();

const openai = createOpenAI();
const findOrder = tool({
  description: 'Finds an order.',
  inputSchema: z.object({ order_id: z.string() }),
  execute: async () => ({ state: 'shipped' }),
});
const asked = (functionId, model) => ({
  model,
  system: 'You help customers.',
  prompt: 'Where is my order A-17?',
  maxRetries: 0,
  experimental_telemetry: { isEnabled: true, functionId, metadata: { userId: 'anna' } },
});
const tools = { tools: { find_order: findOrder }, stopWhen: stepCountIs(3) };

await generateText({ ...asked('Care agent', openai.chat('gpt-5-mini')), ...tools });
await streamText({ ...asked('Streaming agent', openai.chat('gpt-5-mini')), ...tools }).text;
await generateText(asked('Broken agent', openai.responses('broken'))).catch(() => {});
await sdk.shutdown();
