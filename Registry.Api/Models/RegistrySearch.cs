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

    /// <summary>
    /// The query of a page; <paramref name="fallback"/> is the order where none is asked for, <paramref name="tieBreak"/> what ends every other one. The last
    /// key of either makes every row's place unique.
    /// </summary>
    public CompiledSearch Compile(string? filter, IReadOnlyList<string> orderBy, string? token, SortKey[] fallback, SortKey[] tieBreak)
    {
        var compiler = new SearchCompiler(Schema);
        var clauses = FilterParser.Parse(filter);
        foreach (var clause in clauses.Where(c => c.Entity is null or "attribute" or "attributes" && !FilterKeys.Contains(c.Key)))
        {
            throw UnknownKey("Invalid attribute key", clause.Key, FilterKeys);
        }
        var sort = compiler.Sort([.. orderBy.Select(Canonical)], orderBy.Count == 0 ? fallback : tieBreak);
        var (after, offset) = Keyset.After(token, sort, compiler);
        var prompt = clauses.LastOrDefault(Prompts.IsAskedFor);
        var where = compiler.Where([.. clauses.Where(clause => !Prompts.IsAskedFor(clause))]);
        var tags = Schema.Tags!;
        var isPrompt =
            $"EXISTS (SELECT 1 FROM {tags.Name} x WHERE {tags.Join} AND x.key = {compiler.Add(Prompts.TagKey)} AND x.value = 'true')";
        return new CompiledSearch(
            compiler,
            sort,
            $"{where} AND {(prompt is not null && Prompts.Wants(prompt) ? "" : "NOT ")}{isPrompt} AND {after}",
            offset
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

/// <summary>The SQL of a page of a search, and its parameters.</summary>
internal sealed record CompiledSearch(SearchCompiler Compiler, SearchSort Sort, string Where, long Offset)
{
    public List<object?> Values => Compiler.Values;

    /// <summary>What stands after WHERE's conditions: the order, and one row more than the page holds.</summary>
    public string OrderAndLimit(int pageSize) =>
        $"ORDER BY {Sort.OrderSql} LIMIT {Compiler.Add(pageSize + 1L)} OFFSET {Compiler.Add(Offset)}";

    /// <summary>Takes the page off rows that were asked for with one more, and makes the token of the next page if there was one more.</summary>
    public static (List<T> Page, string? Next) Cut<T>(List<(T Row, object?[] Keys)> found, int pageSize) =>
        ([.. found.Take(pageSize).Select(each => each.Row)], found.Count > pageSize ? Keyset.Token(found[pageSize - 1].Keys) : null);
}
