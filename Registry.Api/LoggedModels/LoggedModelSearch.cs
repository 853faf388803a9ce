using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Mlflow;
using Slipway.Registry.Api.Search;

namespace Slipway.Registry.Api.LoggedModels;

/// <summary>MLflow's <c>logged-models/search</c>.</summary>
internal sealed class LoggedModelSearch(NpgsqlDataSource source, AccessFilter access)
{
    private const string Join = "x.model_id = m.model_id";
    private static readonly SearchAttribute s_created = new("m.creation_timestamp_ms", IsNumeric: true) { IsNullable = false };
    private static readonly SearchAttribute s_updated = new("m.last_updated_timestamp_ms", IsNumeric: true) { IsNullable = false };

    private static readonly SearchSchema s_schema = new()
    {
        Attributes = new Dictionary<string, SearchAttribute>
        {
            ["name"] = new("m.name", AllowsIn: true) { IsNullable = false },
            ["model_id"] = new("m.model_id", AllowsIn: true) { IsNullable = false },
            ["model_type"] = new("m.model_type", AllowsIn: true),
            ["source_run_id"] = new("m.source_run_id", AllowsIn: true),
            ["experiment_id"] = new("m.experiment_id", IsNumeric: true) { IsNullable = false },
            ["artifact_uri"] = new("m.artifact_uri", AllowsIn: true) { IsNullable = false },
            ["artifact_location"] = new("m.artifact_uri", AllowsIn: true) { IsNullable = false },
            ["status"] = new("m.status", AllowsIn: true) { IsNullable = false, Choices = MlflowLoggedModelStatus.All },
            ["creation_timestamp"] = s_created,
            ["creation_timestamp_ms"] = s_created,
            ["creation_time"] = s_created,
            ["last_updated_timestamp"] = s_updated,
            ["last_updated_timestamp_ms"] = s_updated,
            ["last_updated_time"] = s_updated,
        },
        Tags = new SearchTable("logged_model_tags", Join),
        Params = new SearchTable("logged_model_params", Join),
        Metrics = new SearchTable("logged_model_metrics", Join),
        PairsAllowIn = true,
    };

    public async Task<LoggedModelPage> SearchAsync(LoggedModelQuery query, CancellationToken ct)
    {
        var values = new List<object?>();
        var compiler = new SearchCompiler(s_schema, values);
        var experiments = compiler.Add(query.ExperimentIds);
        var datasets = DatasetCondition(query.Datasets, compiler);
        // A comparison of metrics is about the points on those datasets; without one, the model must have any point on them.
        var filtered = new SearchCompiler(s_schema with { Metrics = new SearchTable("logged_model_metrics", Join + datasets) }, values);
        var sort = new LoggedModelOrder(compiler, s_schema).Compile(query.OrderBy);
        var (after, offset) = Keyset.After(LoggedModelToken.Open(query), sort, compiler);
        var where = CompileFilter(filtered, query.Filter);
        var measured = datasets.Length == 0 ? "true" : $"EXISTS (SELECT 1 FROM logged_model_metrics x WHERE {Join}{datasets})";
        var sql = $"""
            SELECT m.model_id, {sort.ColumnsSql}
            FROM logged_models m {sort.Joins}
            WHERE m.experiment_id = ANY({experiments}) AND m.lifecycle_stage = 'active'
              AND {access.OfExperiments(compiler, "m.experiment_id")}
              AND {where}
              AND {measured}
              AND {after}
            ORDER BY {sort.OrderSql}
            LIMIT {query.MaxResults + 1} OFFSET {offset}
            """;
        await using var connection = await source.OpenConnectionAsync(ct);
        var found = await connection.QueryAsync(sql, row => (Id: row.GetString(0), Keys: Keyset.Read(row, 1, sort)), ct, values);
        var next = found.Count > query.MaxResults ? LoggedModelToken.Seal(query, Keyset.Token(found[query.MaxResults - 1].Keys)) : null;
        var page = found.Take(query.MaxResults).Select(model => model.Id).ToArray();
        return new LoggedModelPage(await LoggedModelReader.LoadAsync(connection, page, ct), next);
    }

    /// <summary>MLflow's two readers of these filters word their refusals differently; clients look for either.</summary>
    private static string CompileFilter(SearchCompiler compiler, string? filter)
    {
        try
        {
            var clauses = FilterParser.Parse(filter);
            // Here double quotes are for names alone, unlike in the other searches.
            return
                clauses.SelectMany(clause => clause.Values).FirstOrDefault(value => value.IsDoubleQuoted) is { IsDoubleQuoted: true } wrong
                ? throw MlflowRefusal.Invalid(
                    $"Expected a quoted string value: '{MlflowRules.Shorten(wrong.Text)}' must stand in single quotes."
                )
                : compiler.Where(clauses);
        }
        catch (MlflowRefusal refusal)
        {
            throw MlflowRefusal.Invalid($"Invalid filter string: {refusal.Message}");
        }
    }

    private static string DatasetCondition(IReadOnlyList<(string Name, string? Digest)> datasets, SearchCompiler compiler)
    {
        if (datasets.Count == 0)
        {
            return "";
        }
        var any = datasets.Select(dataset =>
            dataset.Digest is null
                ? $"x.dataset_name = {compiler.Add(dataset.Name)}"
                : $"(x.dataset_name = {compiler.Add(dataset.Name)} AND x.dataset_digest = {compiler.Add(dataset.Digest)})"
        );
        return $" AND ({string.Join(" OR ", any)})";
    }
}

/// <summary>A search of logged models.</summary>
internal sealed record LoggedModelQuery(
    long[] ExperimentIds,
    string? Filter,
    IReadOnlyList<(string Name, string? Digest)> Datasets,
    IReadOnlyList<LoggedModelOrderBy> OrderBy,
    int MaxResults,
    string? PageToken
);

/// <summary>One key of the order of a search of logged models.</summary>
internal sealed record LoggedModelOrderBy(string FieldName, bool Ascending, string? DatasetName, string? DatasetDigest);
