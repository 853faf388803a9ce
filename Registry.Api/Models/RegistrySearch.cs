using Slipway.Registry.Api.Mlflow;
using Slipway.Registry.Api.Search;

namespace Slipway.Registry.Api.Models;

/// <summary>
/// What searches of models and of versions share: which attributes may be filtered and sorted by, and that prompts, which MLflow keeps as registered models
/// with a tag, are left out unless the filter asks for them.
/// </summary>
internal sealed record RegistrySearch(SearchSchema Schema, IReadOnlyList<string> FilterKeys, IReadOnlyList<string> OrderKeys)
{
    /// <summary>Keys of <c>order_by</c> that mean another one.</summary>
    public IReadOnlyDictionary<string, string> Synonyms { get; init; } = new Dictionary<string, string>();

    /// <summary>The query; <paramref name="fallback"/> is the order where none is asked for, <paramref name="tieBreak"/> what ends every other one.</summary>
    public CompiledSearch Compile(string? filter, IReadOnlyList<string> orderBy, string fallback, string tieBreak)
    {
        var compiler = new SearchCompiler(Schema);
        var clauses = FilterParser.Parse(filter);
        foreach (var clause in clauses.Where(c => c.Entity is null or "attribute" or "attributes" && !FilterKeys.Contains(c.Key)))
        {
            throw UnknownKey("Invalid attribute key", clause.Key, FilterKeys);
        }
        var prompt = clauses.LastOrDefault(Prompts.IsAskedFor);
        var where = compiler.Where([.. clauses.Where(clause => !Prompts.IsAskedFor(clause))]);
        var tags = Schema.Tags!;
        var isPrompt =
            $"EXISTS (SELECT 1 FROM {tags.Name} x WHERE {tags.Join} AND x.key = {compiler.Add(Prompts.TagKey)} AND x.value = 'true')";
        return new CompiledSearch(
            compiler,
            $"{where} AND {(prompt is not null && Prompts.Wants(prompt) ? "" : "NOT ")}{isPrompt}",
            compiler.OrderBy([.. orderBy.Select(Canonical)], orderBy.Count == 0 ? fallback : tieBreak)
        );
    }

    private string Canonical(string text)
    {
        var item = FilterParser.ParseOrder(text);
        if (!OrderKeys.Contains(item.Key))
        {
            throw UnknownKey("Invalid order by key", item.Key, OrderKeys);
        }
        return $"{Synonyms.GetValueOrDefault(item.Key, item.Key)} {(item.Ascending ? "ASC" : "DESC")}";
    }

    // MLflow's two searches word this differently, and clients look for either.
    private static MlflowRefusal UnknownKey(string what, string key, IReadOnlyList<string> valid) =>
        MlflowRefusal.Invalid(
            $"{what} '{MlflowRules.Shorten(key)}' specified. Invalid attribute key '{MlflowRules.Shorten(key)}' specified. Valid keys are [{string.Join(", ", valid.Select(k => $"'{k}'"))}]"
        );
}

/// <summary>The SQL of a search, and its parameters.</summary>
internal sealed record CompiledSearch(SearchCompiler Compiler, string Where, string OrderBy)
{
    public List<object?> Values => Compiler.Values;

    public string Add(object? value) => Compiler.Add(value);
}
