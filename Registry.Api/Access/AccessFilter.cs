using System.Globalization;
using Npgsql;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Search;

namespace Slipway.Registry.Api.Access;

/// <summary>Conditions of SQL that leave only what the caller of the current request may read, for lists and searches. Background work sees everything.</summary>
internal sealed class AccessFilter(IHttpContextAccessor requests, NpgsqlDataSource source)
{
    /// <summary>Registered models by the column of their name.</summary>
    public string Models(SearchCompiler compiler, string name) => Compile(compiler.Add, "model", name, name);

    /// <summary>Experiments by the columns of their name and number.</summary>
    public string Experiments(SearchCompiler compiler, string name, string id) => Compile(compiler.Add, "experiment", name, $"{id}::text");

    /// <summary>What belongs to experiments (runs, logged models, datasets), by the column of the experiment's number.</summary>
    public string OfExperiments(SearchCompiler compiler, string column) => OfExperiments(compiler.Add, column);

    /// <summary>As <see cref="OfExperiments(SearchCompiler, string)"/>, for a statement whose parameters are a list.</summary>
    public string OfExperiments(List<object?> values, string column) => OfExperiments(value => Add(values, value), column);

    /// <summary>The numbers of the registered models that may be read; null for all.</summary>
    public async Task<List<long>?> ReadableModelsAsync(CancellationToken ct)
    {
        var values = new List<object?>();
        var condition = Compile(value => Add(values, value), "model", "m.name", "m.name");
        return condition == "true"
            ? null
            : await source.QueryAsync($"SELECT m.id FROM registered_models m WHERE {condition}", r => r.GetInt64(0), ct, values);
    }

    private string OfExperiments(Func<object?, string> add, string column) =>
        Compile(add, "experiment", "readable.name", "readable.experiment_id::text") is not "true" and var condition
            ? $"{column} IN (SELECT readable.experiment_id FROM experiments readable WHERE {condition})"
            : "true";

    private string Compile(Func<object?, string> add, string kind, string name, string key)
    {
        if (requests.HttpContext is not { } http)
        {
            return "true";
        }
        var caller = Caller.Of(http);
        if (caller.IsAdmin || (!caller.HasObjectLevels && caller.HasEverywhere(Permission.Read)))
        {
            return "true";
        }
        var patterns = caller.Grants.Select(grant => NamePattern.ToLike(grant.Pattern)).Distinct().ToArray();
        var byRole = $"{name} LIKE ANY({add(patterns)})";
        var scope =
            caller.Scope is not { } confined ? "true"
            : confined.AllowsKind(Permission.Read) ? $"{name} LIKE {add(NamePattern.ToLike(confined.Pattern))}"
            : "false";
        if (!caller.HasObjectLevels)
        {
            return $"({byRole} AND {scope})";
        }
        var levels = $"SELECT o.object FROM access_objects o WHERE o.principal = {add(caller.Name)} AND o.kind = '{kind}' AND o.level";
        return $"(({byRole} OR {key} IN ({levels} > 0)) AND {key} NOT IN ({levels} = 0) AND {scope})";
    }

    private static string Add(List<object?> values, object? value)
    {
        values.Add(value);
        return "$" + values.Count.ToString(CultureInfo.InvariantCulture);
    }
}
