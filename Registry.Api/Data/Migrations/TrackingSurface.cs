using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Slipway.Registry.Api.Data.Migrations;

/// <summary>Datasets, inputs and outputs of runs, logged models.</summary>
[DbContext(typeof(RegistryDb))]
[Migration("20261128140000_TrackingSurface")]
internal sealed class TrackingSurface : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql(Datasets);
        migrationBuilder.Sql(LoggedModels);
        migrationBuilder.Sql(Metrics);
    }

    private const string Datasets = """
        CREATE TABLE datasets (
            dataset_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            experiment_id bigint NOT NULL REFERENCES experiments ON DELETE CASCADE,
            name text COLLATE "C" NOT NULL,
            digest text COLLATE "C" NOT NULL,
            source_type text NOT NULL,
            source text NOT NULL,
            schema text NULL,
            profile text NULL,
            UNIQUE (experiment_id, name, digest)
        );

        CREATE TABLE run_datasets (
            run_id text COLLATE "C" NOT NULL REFERENCES runs ON DELETE CASCADE,
            dataset_id bigint NOT NULL REFERENCES datasets ON DELETE CASCADE,
            PRIMARY KEY (run_id, dataset_id)
        );
        CREATE INDEX run_datasets_by_dataset ON run_datasets (dataset_id);

        CREATE TABLE run_dataset_tags (
            run_id text COLLATE "C" NOT NULL,
            dataset_id bigint NOT NULL,
            key text COLLATE "C" NOT NULL,
            value text NOT NULL,
            PRIMARY KEY (run_id, dataset_id, key),
            FOREIGN KEY (run_id, dataset_id) REFERENCES run_datasets ON DELETE CASCADE
        );
        """;

    // run_models names models by an id that clients may send before the model exists, as MLflow's do: no foreign key.
    private const string LoggedModels = """
        CREATE TABLE logged_models (
            model_id text COLLATE "C" PRIMARY KEY,
            experiment_id bigint NOT NULL REFERENCES experiments ON DELETE CASCADE,
            name text COLLATE "C" NOT NULL,
            model_type text NULL,
            source_run_id text COLLATE "C" NULL,
            artifact_uri text NOT NULL,
            status text NOT NULL DEFAULT 'LOGGED_MODEL_PENDING',
            status_message text NULL,
            lifecycle_stage text NOT NULL DEFAULT 'active',
            creation_timestamp_ms bigint NOT NULL,
            last_updated_timestamp_ms bigint NOT NULL
        );
        CREATE INDEX logged_models_by_experiment ON logged_models (experiment_id, creation_timestamp_ms DESC, model_id);
        CREATE INDEX logged_models_by_run ON logged_models (source_run_id) WHERE source_run_id IS NOT NULL;

        CREATE TABLE logged_model_params (
            model_id text COLLATE "C" NOT NULL REFERENCES logged_models ON DELETE CASCADE,
            key text COLLATE "C" NOT NULL,
            value text NOT NULL,
            PRIMARY KEY (model_id, key)
        );

        CREATE TABLE logged_model_tags (
            model_id text COLLATE "C" NOT NULL REFERENCES logged_models ON DELETE CASCADE,
            key text COLLATE "C" NOT NULL,
            value text NOT NULL,
            PRIMARY KEY (model_id, key)
        );

        CREATE TABLE logged_model_metrics (
            model_id text COLLATE "C" NOT NULL REFERENCES logged_models ON DELETE CASCADE,
            key text COLLATE "C" NOT NULL,
            timestamp bigint NOT NULL,
            step bigint NOT NULL,
            value double precision NOT NULL,
            run_id text COLLATE "C" NOT NULL,
            dataset_name text COLLATE "C" NOT NULL,
            dataset_digest text COLLATE "C" NOT NULL,
            PRIMARY KEY (model_id, key, timestamp, step, value, run_id, dataset_name, dataset_digest)
        );

        CREATE TABLE run_models (
            run_id text COLLATE "C" NOT NULL REFERENCES runs ON DELETE CASCADE,
            is_output boolean NOT NULL,
            model_id text COLLATE "C" NOT NULL,
            step bigint NOT NULL,
            PRIMARY KEY (run_id, is_output, model_id)
        );
        CREATE INDEX run_models_by_model ON run_models (model_id);
        """;

    // The statement that logs a point reads the run anyway; checking every row of a batch again by a trigger took half of its time.
    private const string Metrics = """
        ALTER TABLE metrics DROP CONSTRAINT metrics_run_id_fkey;
        ALTER TABLE latest_metrics DROP CONSTRAINT latest_metrics_run_id_fkey;
        """;
}
