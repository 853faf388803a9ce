using Npgsql;

namespace Slipway.Monitoring.Worker.Storage;

/// <summary>The two connection pools: the ordinary one, and one whose connections keep their temporary tables and prepared statements.</summary>
internal static class DataSources
{
    /// <summary>Key of the pool for bulk writes.</summary>
    public const string Bulk = "bulk";

    public static NpgsqlDataSource Create(string connectionString, int maxPoolSize) =>
        new NpgsqlDataSourceBuilder(Text(connectionString, maxPoolSize).ConnectionString) { Name = "monitoring" }.Build();

    /// <summary>Connections that are not reset between uses: creating a temporary table for every batch would bloat PostgreSQL's catalog.</summary>
    public static NpgsqlDataSource CreateBulk(string connectionString, int maxPoolSize)
    {
        var text = Text(connectionString, maxPoolSize);
        text.NoResetOnClose = true;
        text.MaxAutoPrepare = 20;
        text.AutoPrepareMinUsages = 2;
        return new NpgsqlDataSourceBuilder(text.ConnectionString) { Name = "monitoring-bulk" }.Build();
    }

    private static NpgsqlConnectionStringBuilder Text(string connectionString, int maxPoolSize)
    {
        var text = new NpgsqlConnectionStringBuilder(connectionString);
        text.MaxPoolSize = text.ContainsKey("Maximum Pool Size") ? Math.Min(text.MaxPoolSize, maxPoolSize) : maxPoolSize;
        return text;
    }
}
