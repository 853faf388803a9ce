using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Slipway.Monitoring.Worker.Storage.Migrations;

/// <summary>
/// The first schema. Ids and names compare by bytes ("C"): they are never sorted for people, and indexes over them are faster and do not depend on
/// the server's locale.
/// </summary>
[DbContext(typeof(MonitoringDb))]
[Migration("20260101000000_InitialSchema")]
internal sealed class InitialSchema : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(Sql);

    private const string Sql = """
        CREATE TABLE monitors (
            endpoint       text COLLATE "C" PRIMARY KEY,
            window_seconds bigint NOT NULL CHECK (window_seconds > 0),
            definition     jsonb NOT NULL,
            updated_at     timestamptz NOT NULL
        );

        CREATE TABLE predictions (
            prediction_id text COLLATE "C" PRIMARY KEY,
            endpoint      text COLLATE "C" NOT NULL,
            model         text COLLATE "C" NOT NULL,
            version       integer NOT NULL,
            at            timestamptz NOT NULL,
            received_at   timestamptz NOT NULL,
            latency_ms    double precision NOT NULL,
            numbers       jsonb NOT NULL,
            categories    jsonb NOT NULL,
            value         double precision,
            label         text COLLATE "C",
            scores        double precision[]
        );
        CREATE INDEX predictions_window ON predictions (endpoint, model, version, at);
        CREATE INDEX predictions_order ON predictions (endpoint, at, prediction_id);
        CREATE INDEX predictions_received ON predictions (received_at);

        -- joined says that the prediction is here; it is set in the transaction that stores the later of the two.
        CREATE TABLE outcomes (
            prediction_id text COLLATE "C" PRIMARY KEY,
            value         double precision,
            label         text COLLATE "C",
            observed_at   timestamptz NOT NULL,
            received_at   timestamptz NOT NULL,
            joined        boolean NOT NULL
        );
        CREATE INDEX outcomes_parked ON outcomes (received_at) WHERE NOT joined;

        -- Appended to, never updated: writers of the same window do not wait for each other.
        CREATE TABLE dirty_windows (
            id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            endpoint   text COLLATE "C" NOT NULL,
            model      text COLLATE "C" NOT NULL,
            version    integer NOT NULL,
            start      timestamptz NOT NULL,
            not_before timestamptz
        );
        CREATE INDEX dirty_windows_key ON dirty_windows (endpoint, model, version, start);

        CREATE TABLE windows (
            endpoint         text COLLATE "C" NOT NULL,
            model            text COLLATE "C" NOT NULL,
            version          integer NOT NULL,
            start            timestamptz NOT NULL,
            "end"            timestamptz NOT NULL,
            closed           boolean NOT NULL,
            frozen           boolean NOT NULL,
            prediction_count bigint NOT NULL,
            outcome_count    bigint NOT NULL,
            metric           text,
            value            double precision,
            baseline_value   double precision,
            metrics          jsonb NOT NULL,
            drift            jsonb NOT NULL,
            accuracy_bad     boolean,
            drifted          boolean,
            updated_at       timestamptz NOT NULL,
            PRIMARY KEY (endpoint, model, version, start)
        );
        CREATE INDEX windows_order ON windows (endpoint, start);

        CREATE TABLE alerts (
            id                 uuid PRIMARY KEY,
            endpoint           text COLLATE "C" NOT NULL,
            model              text COLLATE "C" NOT NULL,
            version            integer NOT NULL,
            kind               text NOT NULL,
            status             text NOT NULL,
            message            text NOT NULL,
            window_end         timestamptz NOT NULL,
            raised_at          timestamptz NOT NULL,
            cleared_at         timestamptz,
            cleared_window_end timestamptz
        );
        CREATE UNIQUE INDEX alerts_open ON alerts (endpoint, model, version, kind) WHERE status = 'open';
        CREATE INDEX alerts_order ON alerts (raised_at, id);
        CREATE INDEX alerts_endpoint ON alerts (endpoint, raised_at);

        CREATE TABLE retrain_requests (
            id                 uuid PRIMARY KEY,
            alert_id           uuid NOT NULL,
            endpoint           text COLLATE "C" NOT NULL,
            model              text COLLATE "C" NOT NULL,
            version            integer NOT NULL,
            dataset            text NOT NULL,
            append_to_previous boolean NOT NULL,
            promote_to         text,
            reason             text NOT NULL,
            created_at         timestamptz NOT NULL,
            window_end         timestamptz NOT NULL,
            state              text NOT NULL,
            job_status         text,
            publish_count      integer NOT NULL,
            attempted_at       timestamptz
        );
        CREATE INDEX retrain_requests_endpoint ON retrain_requests (endpoint, created_at);
        CREATE INDEX retrain_requests_alert ON retrain_requests (alert_id);
        CREATE INDEX retrain_requests_active ON retrain_requests (created_at) WHERE state <> 'ended';

        CREATE TABLE baselines (
            model      text COLLATE "C" NOT NULL,
            version    integer NOT NULL,
            profile    jsonb,
            metrics    jsonb NOT NULL,
            fetched_at timestamptz NOT NULL,
            PRIMARY KEY (model, version)
        );
        """;
}
