// usage: node grpc-js.mjs HOST:GRPC_PORT PROTO_FOLDER
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../tools/package.json', import.meta.url));
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const [address, protos] = process.argv.slice(2);
const load = (file) =>
  grpc.loadPackageDefinition(loader.loadSync(file, { includeDirs: [protos], longs: Number, enums: String, defaults: true, oneofs: true, keepCase: true }));
const credentials = grpc.credentials.createInsecure();
const client = new (load('inference.proto').inference.GRPCInferenceService)(address, credentials);
const health = new (load('health.proto').grpc.health.v1.Health)(address, credentials);

const call = (target, method, request, options = {}, metadata = new grpc.Metadata()) =>
  new Promise((resolve, reject) =>
    target[method](request, metadata, { deadline: Date.now() + 20_000, ...options }, (error, answer) => (error ? reject(error) : resolve(answer))),
  );
const fails = async (code, text, promise) => {
  const error = await promise.then(() => assert.fail(`expected ${text}`), (e) => e);
  assert.equal(error.code, code, error.message);
  assert.match(error.details, text);
};
const ints = (values) => Buffer.from(Int32Array.from(values).buffer);
const simple = (first, second, more = {}) => ({
  model_name: 'simple',
  inputs: ['INPUT0', 'INPUT1'].map((name) => ({ name, datatype: 'INT32', shape: [1, 16] })),
  raw_input_contents: [ints(Array(16).fill(first)), ints(Array(16).fill(second))],
  ...more,
});
const sums = (answer) => [...new Int32Array(new Uint8Array(answer.raw_output_contents[0]).buffer)];

// Server and model
assert.equal((await call(client, 'ServerLive', {})).live, true);
assert.equal((await call(client, 'ServerReady', {})).ready, true);
assert.equal((await call(client, 'ModelReady', { name: 'simple' })).ready, true);
assert.ok((await call(client, 'ServerMetadata', {})).extensions.includes('binary_tensor_data'));
const metadata = await call(client, 'ModelMetadata', { name: 'simple', version: '1' });
assert.deepEqual(metadata.inputs.map((input) => [input.name, input.datatype, input.shape]), [['INPUT0', 'INT32', [-1, 16]], ['INPUT1', 'INT32', [-1, 16]]]);
assert.equal((await call(client, 'ModelConfig', { name: 'simple' })).config.name, 'simple');
assert.ok((await call(client, 'RepositoryIndex', {})).models.some((model) => model.name === 'simple' && model.state === 'READY'));
assert.equal((await call(health, 'Check', { service: '' })).status, 'SERVING');
assert.equal((await call(health, 'Check', { service: 'inference.GRPCInferenceService' })).status, 'SERVING');
await fails(grpc.status.NOT_FOUND, /unknown service/, call(health, 'Check', { service: 'other' }));

// Inference
const answer = await call(client, 'ModelInfer', simple(1, 2, { id: 'js-1' }));
assert.deepEqual([answer.model_name, answer.id, sums(answer)], ['simple', 'js-1', Array(16).fill(3)]);
const typed = simple(0, 0);
delete typed.raw_input_contents;
typed.inputs.forEach((input, i) => (input.contents = { int_contents: Array(16).fill(i + 5) }));
assert.deepEqual(sums(await call(client, 'ModelInfer', typed)), Array(16).fill(11));
const one = await call(client, 'ModelInfer', simple(1, 2, { outputs: [{ name: 'OUTPUT1' }] }));
assert.deepEqual(one.outputs.map((output) => output.name), ['OUTPUT1']);
const classes = await call(client, 'ModelInfer', simple(1, 2, { outputs: [{ name: 'OUTPUT0', parameters: { classification: { int64_param: 2 } } }] }));
assert.deepEqual(classes.outputs[0].shape, [1, 2]);
const statistics = await call(client, 'ModelStatistics', { name: 'simple' });
assert.equal(statistics.model_stats.length, 1);
assert.equal(statistics.model_stats[0].inference_stats.success.count, 4);

// Refusals
await fails(grpc.status.NOT_FOUND, /Request for unknown model: 'none' is not found/, call(client, 'ModelMetadata', { name: 'none' }));
await fails(grpc.status.NOT_FOUND, /unknown model/, call(client, 'ModelInfer', { model_name: 'none' }));
await fails(grpc.status.INVALID_ARGUMENT, /expected 2 inputs but got 0 inputs/, call(client, 'ModelInfer', { model_name: 'simple' }));
await fails(grpc.status.UNAVAILABLE, /explicit model load \/ unload is not allowed/, call(client, 'RepositoryModelLoad', { model_name: 'simple' }));
await fails(grpc.status.UNAVAILABLE, /explicit model load \/ unload is not allowed/, call(client, 'RepositoryModelUnload', { model_name: 'simple' }));

// Deadline, cancellation, compression
const endless = simple(1, 2, {
  model_name: 'endless',
  inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2] }],
  raw_input_contents: [Buffer.alloc(8)],
});
await fails(grpc.status.DEADLINE_EXCEEDED, /./, call(client, 'ModelInfer', endless, { deadline: Date.now() + 300 }));
await new Promise((resolve, reject) => {
  const running = client.ModelInfer(endless, (error) => (error?.code === grpc.status.CANCELLED ? resolve() : reject(error)));
  setTimeout(() => running.cancel(), 100);
});
const compressed = new (load('inference.proto').inference.GRPCInferenceService)(address, credentials, {
  'grpc.default_compression_algorithm': 2,
});
assert.deepEqual(sums(await call(compressed, 'ModelInfer', simple(7, 8))), Array(16).fill(15));

// Streams
const stream = client.ModelStreamInfer();
const received = [];
const ended = new Promise((resolve, reject) => stream.on('data', (message) => received.push(message)).on('end', resolve).on('error', reject));
for (let i = 0; i < 50; i++) stream.write(simple(i, 1));
stream.write(simple(0, 0, { model_name: 'none', id: 'lost' }));
stream.write(simple(50, 1));
stream.end();
await ended;
assert.equal(received.length, 52);
assert.deepEqual(received.filter((message) => !message.error_message).map((message) => sums(message.infer_response)[0]), [...Array(51).keys()].map((i) => i + 1));
const lost = received.find((message) => message.error_message);
assert.match(lost.error_message, /unknown model/);
assert.equal(lost.infer_response.id, 'lost');
const strict = new grpc.Metadata();
strict.set('triton_grpc_error', 'true');
const refused = client.ModelStreamInfer(strict);
const status = new Promise((resolve) => refused.on('data', () => {}).on('error', resolve));
refused.write(simple(0, 0, { model_name: 'none' }));
assert.equal((await status).code, grpc.status.NOT_FOUND);
const watch = health.Watch({ service: '' });
assert.equal(await new Promise((resolve, reject) => watch.on('data', (message) => resolve(message.status)).on('error', reject)), 'SERVING');
watch.on('error', () => {});
watch.cancel();

for (const each of [client, health, compressed]) each.close();
console.log('ok');
