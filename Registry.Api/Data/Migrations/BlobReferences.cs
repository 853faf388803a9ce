using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Slipway.Registry.Api.Data.Migrations;

/// <summary>Blobs with counted references, multipart uploads, and the time at which runs and experiments were deleted.</summary>
[DbContext(typeof(RegistryDb))]
[Migration("20260301000000_BlobReferences")]
internal sealed class BlobReferences : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql(Blobs);
        migrationBuilder.Sql(Uploads);
        migrationBuilder.Sql(DeletionTimes);
    }

    private const string Blobs = """
        CREATE TABLE blobs (
            sha256 text COLLATE "C" PRIMARY KEY,
            size_bytes bigint NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            unreferenced_since timestamptz NULL
        );
        CREATE INDEX blobs_unreferenced ON blobs (unreferenced_since) WHERE unreferenced_since IS NOT NULL;
        INSERT INTO blobs (sha256, size_bytes)
        SELECT sha256, max(size_bytes)
        FROM (SELECT sha256, size_bytes FROM artifacts UNION ALL SELECT sha256, size_bytes FROM model_version_files) AS used
        GROUP BY sha256;

        ALTER TABLE artifacts ADD CONSTRAINT artifacts_blob FOREIGN KEY (sha256) REFERENCES blobs;
        CREATE INDEX artifacts_by_digest ON artifacts (sha256);
        ALTER TABLE model_version_files ADD CONSTRAINT model_version_files_blob FOREIGN KEY (sha256) REFERENCES blobs;
        """;

    private const string Uploads = """
        CREATE TABLE multipart_uploads (
            id uuid PRIMARY KEY,
            path text COLLATE "C" NOT NULL,
            parts integer NOT NULL,
            expires_at timestamptz NOT NULL,
            completed_at timestamptz NULL
        );
        CREATE INDEX multipart_uploads_by_expiry ON multipart_uploads (expires_at);

        CREATE TABLE multipart_parts (
            upload_id uuid NOT NULL REFERENCES multipart_uploads ON DELETE CASCADE,
            part_number integer NOT NULL,
            sha256 text COLLATE "C" NOT NULL REFERENCES blobs,
            size_bytes bigint NOT NULL,
            PRIMARY KEY (upload_id, part_number)
        );
        CREATE INDEX multipart_parts_by_digest ON multipart_parts (sha256);

        -- Signs the addresses that let their bearer upload; shared by all replicas.
        CREATE TABLE upload_signing_key (
            only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
            key bytea NOT NULL
        );
        """;

    // Kept by triggers: whatever deletes or restores, the time is right.
    private const string DeletionTimes = """
        ALTER TABLE runs ADD COLUMN deleted_at timestamptz NULL;
        ALTER TABLE experiments ADD COLUMN deleted_at timestamptz NULL;
        UPDATE runs SET deleted_at = now() WHERE lifecycle_stage = 'deleted';
        UPDATE experiments SET deleted_at = now() WHERE lifecycle_stage = 'deleted';

        CREATE FUNCTION keep_deletion_time() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.deleted_at := CASE WHEN NEW.lifecycle_stage = 'deleted' THEN now() END;
            RETURN NEW;
        END $$;
        CREATE TRIGGER runs_deletion_time BEFORE UPDATE OF lifecycle_stage ON runs
            FOR EACH ROW WHEN (OLD.lifecycle_stage IS DISTINCT FROM NEW.lifecycle_stage) EXECUTE FUNCTION keep_deletion_time();
        CREATE TRIGGER experiments_deletion_time BEFORE UPDATE OF lifecycle_stage ON experiments
            FOR EACH ROW WHEN (OLD.lifecycle_stage IS DISTINCT FROM NEW.lifecycle_stage) EXECUTE FUNCTION keep_deletion_time();

        CREATE INDEX runs_deleted ON runs (deleted_at) WHERE deleted_at IS NOT NULL;
        """;
}
