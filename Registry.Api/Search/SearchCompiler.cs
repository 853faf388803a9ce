using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Search;

/// <summary>
/// Turns a filter and an order into SQL. Every key and value from outside becomes a parameter; the text holds only what <see cref="SearchSchema"/> says.
/// </summary>
internal sealed class SearchCompiler(SearchSchema schema, List<object?>? values = null)
{
    // Each key is a join: PostgreSQL's planner would run out of time or stack over thousands of them.
    private const int MaxOrderKeys = 50;
    private const string MetricValue = "x.value";
    private const string FirstAlias = "o0";

    // The metric whose value every row is known to have, in the table of that alias: comparing it needs no look at other rows.
    private string? _presentMetric;

    /// <summary>The parameters, in the order of their numbers.</summary>
    public List<object?> Values { get; } = values ?? [];

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

    /// <summary>
    /// The keys of ORDER BY, ending with <paramref name="tieBreak"/>, over tables that <see cref="SearchSort.Joins"/> joins. With <paramref name="onlyPresent"/>
    /// the first key must be a metric: rows without it, or with NaN, are left out, which lets an index give the order. Call it before <see cref="Where(string?)"/>.
    /// </summary>
    public SearchSort Sort(IReadOnlyList<string> orderBy, IReadOnlyList<SortKey> tieBreak, bool onlyPresent = false)
    {
        var joins = new List<string>();
        var keys = new List<SortKey>();
        foreach (var item in ReadOrder(orderBy))
        {
            var alias = $"o{keys.Count}";
            var present = onlyPresent && keys.Count == 0;
            var key = KeyOf(
                item,
                (table, key) =>
                {
                    joins.Add(
                        $"{(present ? "JOIN" : "LEFT JOIN")} {table.Name} {alias} ON {table.JoinAs(alias)} AND {alias}.key = {Add(key)}"
                            + (present ? $" AND {alias}.value <> 'NaN'" : "")
                    );
                    return $"{alias}.value";
                }
            );
            if (present)
            {
                _presentMetric = item.Key;
            }
            keys.Add(present ? key with { Sql = $"{alias}.value", IsNullable = false } : key);
        }
        return new SearchSort(string.Join(' ', joins), [.. keys, .. tieBreak]);
    }

    /// <summary>Whether the order begins with a metric.</summary>
    public bool BeginsWithMetric(IReadOnlyList<string> orderBy) =>
        orderBy.Count > 0 && Resolve(FilterParser.ParseOrder(orderBy[0]).Entity) == SearchEntity.Metric;

    private List<OrderItem> ReadOrder(IReadOnlyList<string> orderBy)
    {
        if (orderBy.Count > MaxOrderKeys)
        {
            throw MlflowRefusal.Invalid($"`order_by` has {orderBy.Count} fields; at most {MaxOrderKeys} are allowed.");
        }
        var seen = new HashSet<(SearchEntity, string)>();
        var items = new List<OrderItem>();
        foreach (var text in orderBy)
        {
            var item = FilterParser.ParseOrder(text);
            var entity = Resolve(item.Entity);
            var key = entity == SearchEntity.Attribute ? Attribute(item.Key).Sql : item.Key;
            if (!seen.Add((entity, key)))
            {
                throw MlflowRefusal.Invalid($"`order_by` contains duplicate fields: {MlflowRules.Shorten(item.Key)}");
            }
            items.Add(item);
        }
        return items;
    }

    private SortKey KeyOf(OrderItem item, Func<SearchTable, string, string> valueOf)
    {
        var entity = Resolve(item.Entity);
        if (entity == SearchEntity.Attribute)
        {
            var attribute = Attribute(item.Key);
            return attribute.IsNumeric
                ? new SortKey(attribute.Sql, item.Ascending, SortKind.Integer, attribute.IsNullable)
                : new SortKey(InBytes(attribute.Sql), item.Ascending, SortKind.Text, attribute.IsNullable);
        }
        if (entity == SearchEntity.Dataset)
        {
            throw MlflowRefusal.Invalid("Invalid order_by entity type 'dataset': runs cannot be sorted by their datasets.");
        }
        var value = valueOf(schema.Table(entity), item.Key);
        if (entity != SearchEntity.Metric)
        {
            return new SortKey(InBytes(value), item.Ascending, SortKind.Text);
        }
        // Numbers, then NaN, then rows without the metric, in both directions. PostgreSQL takes NaN for the greatest; stored infinities are clamped to numbers.
        return new SortKey(
            item.Ascending ? value : $"(CASE WHEN {value} = 'NaN' THEN '-Infinity' ELSE {value} END)",
            item.Ascending,
            SortKind.Real
        );
    }

    private static string InBytes(string sql) => $"({sql} COLLATE \"C\")";

    private string Compile(FilterClause clause)
    {
        var entity = Resolve(clause.Entity);
        var isNullTest = clause.Operator is FilterOperator.IsNull or FilterOperator.IsNotNull;
        if (entity == SearchEntity.Attribute)
        {
            var attribute = Attribute(clause.Key);
            return isNullTest ? throw NoNullTest() : CompileAttribute(clause, attribute);
        }
        if (entity == SearchEntity.Dataset)
        {
            var relation = Dataset(clause.Key);
            FilterCheck.Operator(clause, numeric: false, allowsIn: true);
            FilterCheck.Values(clause, entity, numeric: false);
            return isNullTest ? throw NoNullTest() : $"EXISTS (SELECT 1 FROM {relation.Rows} AND {Compare(relation.Sql, clause, false)})";
        }
        var isMetric = entity == SearchEntity.Metric;
        if (isNullTest && isMetric)
        {
            throw NoNullTest();
        }
        var table = schema.Table(entity);
        if (!isNullTest)
        {
            FilterCheck.Values(clause, entity, isMetric);
            FilterCheck.Operator(clause, isMetric, allowsIn: schema.PairsAllowIn && !isMetric);
        }
        if (isMetric && clause.Key == _presentMetric)
        {
            return Compare($"{FirstAlias}.value", clause, numeric: true);
        }
        var rows = $"SELECT 1 FROM {table.Name} x WHERE {table.Join} AND x.key = {Add(clause.Key)}";
        return clause.Operator switch
        {
            FilterOperator.IsNull => $"NOT EXISTS ({rows})",
            FilterOperator.IsNotNull => $"EXISTS ({rows})",
            // NaN is unequal to everything and neither less nor greater; PostgreSQL sorts it above all numbers.
            _ when isMetric && clause.Operator != FilterOperator.NotEqual =>
                $"EXISTS ({rows} AND x.value <> 'NaN' AND {Compare(MetricValue, clause, true)})",
            _ when table.HasStart => $"EXISTS ({rows} AND {CompareByStart(clause)})",
            _ => $"EXISTS ({rows} AND {Compare(MetricValue, clause, isMetric)})",
        };
    }

    /// <summary>As <see cref="Compare"/>, in a way that lets an index on the beginnings of values find the rows.</summary>
    private string CompareByStart(FilterClause clause)
    {
        var text = clause.Values[0].Text;
        if (clause.Operator == FilterOperator.Equal)
        {
            // What is shorter than a beginning can be equals its own: the index alone answers.
            return text.Length < SearchTable.StartLength
                ? $"x.value_start = {Add(text)}"
                : $"x.value_start = left({Add(text)}, {SearchTable.StartLength}) AND {Compare("x.value", clause, numeric: false)}";
        }
        if (clause.Operator == FilterOperator.Like && LiteralStart(text) is { Length: > 0 } start)
        {
            var starts = $"x.value_start ^@ {Add(start)}";
            // Where nothing follows the beginning, asking twice would let PostgreSQL expect a tenth of a tenth of the rows, and choose its plan by that.
            return text.Length == start.Length + 1 && text[^1] == '%'
                ? starts
                : $"{starts} AND {Compare("x.value", clause, numeric: false)}";
        }
        return Compare("x.value", clause, numeric: false);
    }

    /// <summary>What a pattern's matches begin with, as far as a beginning goes.</summary>
    private static string LiteralStart(string pattern)
    {
        var wildcard = pattern.AsSpan().IndexOfAny('%', '_');
        var length = Math.Min(wildcard < 0 ? pattern.Length : wildcard, SearchTable.StartLength / 2);
        return pattern[..(length > 0 && char.IsHighSurrogate(pattern[length - 1]) ? length - 1 : length)];
    }

    private string CompileAttribute(FilterClause clause, SearchAttribute attribute)
    {
        if (attribute.Choices is { } choices && clause.Values is [{ Number: { } number }])
        {
            var name = number >= 0 && number < choices.Count ? choices[(int)number] : "";
            clause = clause with { Values = [new FilterValue(name, null, IsQuoted: true)] };
        }
        if (clause.Operator is FilterOperator.In or FilterOperator.NotIn && !attribute.AllowsIn)
        {
            var listable = schema.Attributes.Where(a => a.Value.AllowsIn).Select(a => $"'{a.Key}'").Order(StringComparer.Ordinal);
            throw MlflowRefusal.Invalid(
                $"Only the {string.Join(", ", listable)} attribute supports comparison with a list of quoted string values. Invalid comparator '{clause.Comparator}' for '{MlflowRules.Shorten(clause.Key)}'."
            );
        }
        FilterCheck.Values(clause, SearchEntity.Attribute, attribute.IsNumeric);
        FilterCheck.Operator(clause, attribute.IsNumeric, attribute.AllowsIn);
        return Compare(attribute.Sql, clause, attribute.IsNumeric);
    }

    private string Compare(string sql, FilterClause clause, bool numeric)
    {
        var operation = clause.Operator switch
        {
            FilterOperator.In => "= ANY",
            FilterOperator.NotIn => "<> ALL",
            FilterOperator.Equal => "=",
            FilterOperator.NotEqual => "<>",
            FilterOperator.Less => "<",
            FilterOperator.LessOrEqual => "<=",
            FilterOperator.Greater => ">",
            FilterOperator.GreaterOrEqual => ">=",
            FilterOperator.Like => "LIKE",
            _ => "ILIKE",
        };
        if (clause.Operator is FilterOperator.In or FilterOperator.NotIn)
        {
            return $"{sql} {operation}({Add(clause.Values.Select(v => v.Text).ToArray())})";
        }
        var value = numeric ? AddNumber(sql, clause.Values[0].Number!.Value) : Add(clause.Values[0].Text);
        // MLflow's patterns know % and _ but no escape character.
        return operation is "LIKE" or "ILIKE" ? $"{sql} {operation} {value} ESCAPE ''" : $"{sql} {operation} {value}";
    }

    private string AddNumber(string sql, double number)
    {
        // A whole number is sent as one, for an index on an integer column to be of use.
        var whole = sql != MetricValue && number == Math.Floor(number) && Math.Abs(number) < 9e15;
        return whole ? Add((long)number) : Add(number);
    }

    private SearchEntity Resolve(string? entity) =>
        schema.Resolve(entity)
        ?? throw MlflowRefusal.Invalid(
            $"Invalid entity type '{MlflowRules.Shorten(entity!)}'. Valid values are [{string.Join(", ", schema.EntityNames().Select(n => $"'{n}'"))}]"
        );

    private SearchAttribute Attribute(string key) =>
        schema.Attributes.TryGetValue(key, out var attribute)
            ? attribute
            : throw MlflowRefusal.Invalid(
                $"Invalid attribute key '{MlflowRules.Shorten(key)}' specified. Valid keys are {Names(schema.Attributes.Keys)}"
            );

    private SearchRelation Dataset(string key) =>
        schema.Datasets!.TryGetValue(key, out var relation)
            ? relation
            : throw MlflowRefusal.Invalid(
                $"Invalid dataset key '{MlflowRules.Shorten(key)}' specified. Valid keys are {Names(schema.Datasets.Keys)}"
            );

    private static string Names(IEnumerable<string> names) =>
        $"[{string.Join(", ", names.Order(StringComparer.Ordinal).Select(n => $"'{n}'"))}]";

    private static MlflowRefusal NoNullTest() => MlflowRefusal.Invalid("IS NULL / IS NOT NULL is only supported for tags and params");
}
