using System.Globalization;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Search;

/// <summary>Reads MLflow's filter grammar: comparisons joined by AND, nothing else.</summary>
internal sealed class FilterParser
{
    /// <summary>The longest filter, in characters, and the most comparisons in it.</summary>
    private const int MaxLength = 16_384;
    private const int MaxClauses = 200;

    private readonly List<FilterToken> _tokens;
    private int _next;

    private FilterParser(List<FilterToken> tokens) => _tokens = tokens;

    public static IReadOnlyList<FilterClause> Parse(string? filter)
    {
        if (string.IsNullOrWhiteSpace(filter))
        {
            return [];
        }
        if (filter.Length > MaxLength)
        {
            throw MlflowRefusal.Invalid($"The filter has {filter.Length} characters; at most {MaxLength} are allowed.");
        }
        return new FilterParser(FilterLexer.Read(filter)).ReadAll();
    }

    /// <summary>Reads one item of <c>order_by</c>: a key and perhaps ASC or DESC.</summary>
    public static OrderItem ParseOrder(string text)
    {
        if (string.IsNullOrWhiteSpace(text) || text.Length > MaxLength)
        {
            throw MlflowRefusal.Invalid($"Invalid order_by clause '{MlflowRules.Shorten(text)}'.");
        }
        var parser = new FilterParser(FilterLexer.Read(text));
        var (entity, key) = parser.ReadIdentifier();
        var descending = parser.TakeWord("DESC");
        if (!descending)
        {
            parser.TakeWord("ASC");
        }
        return parser.Peek.Kind == FilterTokenKind.End
            ? new OrderItem(entity, key, !descending)
            : throw MlflowRefusal.Invalid($"Invalid order_by clause '{MlflowRules.Shorten(text)}'.");
    }

    private List<FilterClause> ReadAll()
    {
        var clauses = new List<FilterClause> { ReadClause() };
        while (Peek.Kind != FilterTokenKind.End)
        {
            if (!TakeWord("AND"))
            {
                throw FilterLexer.Invalid(Peek.Text);
            }
            clauses.Add(ReadClause());
            if (clauses.Count > MaxClauses)
            {
                throw MlflowRefusal.Invalid($"The filter has more than {MaxClauses} comparisons.");
            }
        }
        return clauses;
    }

    private FilterToken Peek => _tokens[_next];

    private FilterToken Take() =>
        Peek.Kind == FilterTokenKind.End ? throw FilterLexer.Invalid("the filter ends too early") : _tokens[_next++];

    private bool TakeWord(string word)
    {
        if (Peek.Kind == FilterTokenKind.Word && Peek.Text.Equals(word, StringComparison.OrdinalIgnoreCase))
        {
            _next++;
            return true;
        }
        return false;
    }

    private FilterClause ReadClause()
    {
        var (entity, key) = ReadIdentifier();
        if (TakeWord("IS"))
        {
            var not = TakeWord("NOT");
            return TakeWord("NULL")
                ? new FilterClause(entity, key, not ? FilterOperator.IsNotNull : FilterOperator.IsNull, [])
                : throw FilterLexer.Invalid(Peek.Text);
        }
        if (TakeWord("NOT"))
        {
            return TakeWord("IN") ? new FilterClause(entity, key, FilterOperator.NotIn, ReadList()) : throw FilterLexer.Invalid(Peek.Text);
        }
        if (TakeWord("IN"))
        {
            return new FilterClause(entity, key, FilterOperator.In, ReadList());
        }
        if (TakeWord("LIKE"))
        {
            return new FilterClause(entity, key, FilterOperator.Like, [ReadValue()]);
        }
        if (TakeWord("ILIKE"))
        {
            return new FilterClause(entity, key, FilterOperator.ILike, [ReadValue()]);
        }
        return new FilterClause(entity, key, ReadOperator(), [ReadValue()]);
    }

    /// <summary>The part before the first dot is the entity; the key may be quoted, and may hold dots.</summary>
    private (string? Entity, string Key) ReadIdentifier()
    {
        var token = Take();
        if (token.Kind == FilterTokenKind.Quoted || token is { Kind: FilterTokenKind.Text, DoubleQuoted: true })
        {
            return (null, token.Text);
        }
        if (token.Kind != FilterTokenKind.Word)
        {
            throw FilterLexer.Invalid(token.Text);
        }
        // The two words of the attribute that MLflow's pages call "Run name".
        if (token.Text.Equals("run", StringComparison.OrdinalIgnoreCase) && TakeWord("name"))
        {
            return (null, "run_name");
        }
        var dot = token.Text.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0)
        {
            return (null, token.Text);
        }
        var (entity, key) = (token.Text[..dot], token.Text[(dot + 1)..]);
        var next = Peek;
        if (key.Length == 0 && (next.Kind == FilterTokenKind.Quoted || next is { Kind: FilterTokenKind.Text, DoubleQuoted: true }))
        {
            key = Take().Text;
        }
        return key.Length == 0 ? throw FilterLexer.Invalid(token.Text) : (entity, key);
    }

    private FilterOperator ReadOperator()
    {
        var token = Take();
        return token.Kind != FilterTokenKind.Operator
            ? throw FilterLexer.Invalid(token.Text)
            : token.Text switch
            {
                "=" => FilterOperator.Equal,
                "!=" => FilterOperator.NotEqual,
                "<" => FilterOperator.Less,
                "<=" => FilterOperator.LessOrEqual,
                ">" => FilterOperator.Greater,
                _ => FilterOperator.GreaterOrEqual,
            };
    }

    private FilterValue ReadValue()
    {
        var token = Take();
        return token.Kind switch
        {
            FilterTokenKind.Text => new FilterValue(token.Text, null),
            FilterTokenKind.Number when double.TryParse(token.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) =>
                new FilterValue(token.Text, number),
            _ => throw MlflowRefusal.Invalid(
                $"Expected a quoted string value or a number in the filter, got '{MlflowRules.Shorten(token.Text)}'. Use quotes around string values."
            ),
        };
    }

    private List<FilterValue> ReadList()
    {
        if (Take().Kind != FilterTokenKind.Open)
        {
            throw FilterLexer.Invalid("IN needs a list in parentheses");
        }
        var values = new List<FilterValue> { ReadValue() };
        while (Peek.Kind == FilterTokenKind.Comma)
        {
            Take();
            values.Add(ReadValue());
        }
        return Take().Kind == FilterTokenKind.Close ? values : throw FilterLexer.Invalid("the list of IN is not closed");
    }
}
