// Drives a registry with an MLflow client for Node.js that others have written (npm: mlflow). Usage: node mlflow-client.mjs URL
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const MLflow = createRequire(import.meta.url)('mlflow');
const log = console.log;
console.log = () => {}; // The client prints every body.
const { Experiments, Runs, Metrics, Artifacts } = new MLflow({ endpoint: process.argv[2] });

const { experiment_id } = await Experiments.create({ name: 'node' });
await assert.rejects(Experiments.create({ name: 'node' }), /RESOURCE_ALREADY_EXISTS/);
await Experiments.update({ experiment_id, new_name: 'node 2' });
assert.equal((await Experiments.get({ experiment_id })).experiment.name, 'node 2');

const { run } = await Runs.create({ experiment_id, user_id: 'ada', start_time: 1700000000000, tags: [{ key: 'team', value: 'bikes' }] });
const { run_id } = run.info;
assert.equal(run.info.status, 'RUNNING');
await Runs.logParameter({ run_id, key: 'depth', value: '6' });
await assert.rejects(Runs.logParameter({ run_id, key: 'depth', value: '7' }), /INVALID_PARAMETER_VALUE/);
await Runs.logMetric({ run_id, key: 'mae', value: 41.5, timestamp: 1700000000001, step: 1 });
await Runs.logBatch({
  run_id,
  metrics: [{ key: 'mae', value: 40.5, timestamp: 1700000000002, step: 2 }],
  params: [{ key: 'lr', value: '0.1' }],
  tags: [{ key: 'note', value: 'n' }],
});
await Runs.setTag({ run_id, key: 'gone', value: 'x' });
await Runs.deleteTag({ run_id, key: 'gone' });

const { data } = (await Runs.get({ run_id })).run;
assert.deepEqual(data.params, [{ key: 'depth', value: '6' }, { key: 'lr', value: '0.1' }]);
assert.equal(data.metrics[0].value, 40.5);
assert.ok(!data.tags.some((tag) => tag.key === 'gone'));
assert.deepEqual((await Metrics.getHistory({ run_id, metric_key: 'mae' })).metrics.map((m) => m.step), [1, 2]);
const found = await Runs.search({ experiment_ids: [experiment_id], filter: "metrics.mae < 41 and tags.team = 'bikes'", run_view_type: 'ACTIVE_ONLY' });
assert.deepEqual(found.runs.map((r) => r.info.run_id), [run_id]);
assert.match((await Artifacts.list({ run_id })).root_uri, /^mlflow-artifacts:\//);

await Runs.update({ run_id, status: 'FINISHED', end_time: 1700000001000 });
await Runs.delete({ run_id });
assert.equal((await Runs.get({ run_id })).run.info.lifecycle_stage, 'deleted');
await Runs.restore({ run_id });
await Experiments.delete({ experiment_id });
await Experiments.restore({ experiment_id });
await assert.rejects(Experiments.get({ experiment_id: '999999' }), /RESOURCE_DOES_NOT_EXIST/);
log('ok');
