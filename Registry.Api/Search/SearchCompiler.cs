using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Search;

/// <summary>
/// Turns a filter and an order into SQL. Every key and value from outside becomes a parameter; the text holds only what <see cref="SearchSchema"/> says.
/// </summary>
internal sealed class SearchCompiler(SearchSchema schema)
{
    // Each key is a subquery: PostgreSQL's planner would run out of time or stack over thousands of them.
    private const int MaxOrderKeys = 50;

    /// <summary>The parameters, in the order of their numbers.</summary>
    public List<object?> Values { get; } = [];

    /// <summary>Adds a parameter and gives its name in the text.</summary>
    public string Add(object? value)
    {
        Values.Add(value);
        return $"${Values.Count}";
    }

    /// <summary>A condition of comparisons joined by AND; <c>true</c> for an empty filter.</summary>
    public string Where(string? filter) => Where(FilterParser.Parse(filter));

    /// <inheritdoc cref="Where(string?)"/>
    public string Where(IReadOnlyList<FilterClause> clauses) =>
        clauses.Count == 0 ? "true" : string.Join("\n  AND ", clauses.Select(Compile));

    /// <summary>The keys of ORDER BY, ending with <paramref name="tieBreak"/>.</summary>
    public string OrderBy(IReadOnlyList<string> orderBy, string tieBreak)
    {
        if (orderBy.Count > MaxOrderKeys)
        {
            throw MlflowRefusal.Invalid($"`order_by` has {orderBy.Count} fields; at most {MaxOrderKeys} are allowed.");
        }
        var seen = new HashSet<(string?, string)>();
        var keys = new List<string>();
        foreach (var text in orderBy)
        {
            var item = FilterParser.ParseOrder(text);
            if (!seen.Add((item.Entity?.ToLowerInvariant(), item.Key)))
            {
                throw MlflowRefusal.Invalid($"`order_by` contains duplicate fields: {MlflowRules.Shorten(item.Key)}");
            }
            keys.AddRange(Compile(item));
        }
        keys.Add(tieBreak);
        return string.Join(", ", keys);
    }

    private IEnumerable<string> Compile(OrderItem item)
    {
        var (table, isMetric) = Resolve(item.Entity);
        var value = table is null
            ? Attribute(item.Key).Sql
            : $"(SELECT x.value FROM {table.Name} x WHERE {table.Join} AND x.key = {Add(item.Key)})";
        if (isMetric)
        {
            // Numbers, then NaN, then runs without the metric, in both directions.
            yield return $"({value} = 'NaN') ASC NULLS LAST";
        }
        yield return $"{value} {(item.Ascending ? "ASC" : "DESC")} NULLS LAST";
    }

    private string Compile(FilterClause clause)
    {
        var (table, isMetric) = Resolve(clause.Entity);
        if (table is null)
        {
            var attribute = Attribute(clause.Key);
            if (clause.Operator is FilterOperator.IsNull or FilterOperator.IsNotNull)
            {
                throw MlflowRefusal.Invalid("IS NULL and IS NOT NULL are only for tags and params.");
            }
            return Compare(attribute.Sql, clause, attribute.IsNumeric, attribute.AllowsIn);
        }
        var key = Add(clause.Key);
        var rows = $"SELECT 1 FROM {table.Name} x WHERE {table.Join} AND x.key = {key}";
        return clause.Operator switch
        {
            FilterOperator.IsNull when !isMetric => $"NOT EXISTS ({rows})",
            FilterOperator.IsNotNull when !isMetric => $"EXISTS ({rows})",
            // NaN is unequal to everything and neither less nor greater; PostgreSQL sorts it above all numbers.
            _ when isMetric && clause.Operator != FilterOperator.NotEqual =>
                $"EXISTS ({rows} AND x.value <> 'NaN' AND {Compare("x.value", clause, numeric: true, allowsIn: false)})",
            _ => $"EXISTS ({rows} AND {Compare("x.value", clause, isMetric, allowsIn: false)})",
        };
    }

    private string Compare(string sql, FilterClause clause, bool numeric, bool allowsIn)
    {
        if (numeric != clause.Values.All(value => value.Number is not null))
        {
            throw MlflowRefusal.Invalid(
                numeric
                    ? $"Expected numeric value type for '{MlflowRules.Shorten(clause.Key)}'. Found '{MlflowRules.Shorten(clause.Values[0].Text)}'"
                    : $"Expected a quoted string value for '{MlflowRules.Shorten(clause.Key)}'. Got value {MlflowRules.Shorten(clause.Values[0].Text)}"
            );
        }
        if (clause.Operator is FilterOperator.In or FilterOperator.NotIn)
        {
            if (!allowsIn)
            {
                throw InvalidComparator(clause);
            }
            var list = Add(clause.Values.Select(value => value.Text).ToArray());
            return clause.Operator == FilterOperator.In ? $"{sql} = ANY({list})" : $"{sql} <> ALL({list})";
        }
        var operation = clause.Operator switch
        {
            FilterOperator.Equal => "=",
            FilterOperator.NotEqual => "<>",
            FilterOperator.Less when numeric => "<",
            FilterOperator.LessOrEqual when numeric => "<=",
            FilterOperator.Greater when numeric => ">",
            FilterOperator.GreaterOrEqual when numeric => ">=",
            FilterOperator.Like when !numeric => "LIKE",
            FilterOperator.ILike when !numeric => "ILIKE",
            _ => throw InvalidComparator(clause),
        };
        var value = Add(numeric ? clause.Values[0].Number!.Value : clause.Values[0].Text);
        // MLflow's patterns know % and _ but no escape character.
        return operation is "LIKE" or "ILIKE" ? $"{sql} {operation} {value} ESCAPE ''" : $"{sql} {operation} {value}";
    }

    private (SearchTable? Table, bool IsMetric) Resolve(string? entity)
    {
        var (known, table, isMetric) = schema.Resolve(entity);
        return known
            ? (table, isMetric)
            : throw MlflowRefusal.Invalid(
                $"Invalid entity type '{MlflowRules.Shorten(entity!)}'. Valid values are [{string.Join(", ", schema.EntityNames().Select(n => $"'{n}'"))}]"
            );
    }

    private SearchAttribute Attribute(string key) =>
        schema.Attributes.TryGetValue(key, out var attribute)
            ? attribute
            : throw MlflowRefusal.Invalid(
                $"Invalid attribute key '{MlflowRules.Shorten(key)}' specified. Valid keys are [{string.Join(", ", schema.Attributes.Keys.Order(StringComparer.Ordinal).Select(n => $"'{n}'"))}]"
            );

    private static MlflowRefusal InvalidComparator(FilterClause clause) =>
        MlflowRefusal.Invalid($"Invalid comparator for '{MlflowRules.Shorten(clause.Key)}': {clause.Operator}.");
}
