using System.Globalization;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Search;

/// <summary>Reads MLflow's filter grammar: comparisons joined by AND, nothing else. Its refusals use MLflow's words, which clients look for.</summary>
internal sealed class FilterParser
{
    /// <summary>The longest filter, in characters, and the most comparisons in it.</summary>
    private const int MaxLength = 16_384;
    private const int MaxClauses = 200;

    // SQL's words: where one of these stands for a value, MLflow finds no comparison at all.
    private static readonly HashSet<string> s_keywords = new(StringComparer.OrdinalIgnoreCase)
    {
        "TRUE",
        "FALSE",
        "NULL",
        "AND",
        "OR",
        "NOT",
        "IN",
        "IS",
        "LIKE",
        "ILIKE",
        "BETWEEN",
    };

    private readonly string _text;
    private readonly List<FilterToken> _tokens;
    private int _next;

    private FilterParser(string text)
    {
        _text = text;
        _tokens = FilterLexer.Read(text);
    }

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
        return new FilterParser(filter).ReadAll();
    }

    /// <summary>Reads one item of <c>order_by</c>: a key and perhaps ASC or DESC.</summary>
    public static OrderItem ParseOrder(string text)
    {
        var invalid = MlflowRefusal.Invalid($"Invalid order_by clause '{MlflowRules.Shorten(text)}'. Could not be parsed.");
        if (string.IsNullOrWhiteSpace(text) || text.Length > MaxLength)
        {
            throw invalid;
        }
        FilterParser parser;
        string? entity;
        string key;
        try
        {
            parser = new FilterParser(text);
            (entity, key) = parser.ReadIdentifier();
        }
        catch (MlflowRefusal)
        {
            throw invalid;
        }
        var direction = parser.Peek;
        if (direction.Kind == FilterTokenKind.End)
        {
            return new OrderItem(entity, key, Ascending: true);
        }
        parser._next++;
        if (direction.Kind != FilterTokenKind.Word || parser.Peek.Kind != FilterTokenKind.End)
        {
            throw invalid;
        }
        return direction.Text.ToUpperInvariant() switch
        {
            "ASC" => new OrderItem(entity, key, Ascending: true),
            "DESC" => new OrderItem(entity, key, Ascending: false),
            _ => throw MlflowRefusal.Invalid($"Invalid ordering key in order_by clause '{MlflowRules.Shorten(text)}'."),
        };
    }

    private List<FilterClause> ReadAll()
    {
        var clauses = new List<FilterClause> { ReadClause() };
        while (Peek.Kind != FilterTokenKind.End)
        {
            if (Peek.Kind == FilterTokenKind.Semicolon && _tokens[_next + 1].Kind != FilterTokenKind.End)
            {
                throw MlflowRefusal.Invalid(
                    $"Search filter contained multiple expression '{MlflowRules.Shorten(_text)}'. Provide AND-ed expression list."
                );
            }
            if (!TakeWord("AND"))
            {
                throw Invalid(Peek);
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
        Peek.Kind == FilterTokenKind.End ? throw FilterLexer.Invalid($"{_text} (it ends too early)") : _tokens[_next++];

    private bool TakeWord(string word)
    {
        if (Peek.Kind == FilterTokenKind.Word && Peek.Text.Equals(word, StringComparison.OrdinalIgnoreCase))
        {
            _next++;
            return true;
        }
        return false;
    }

    private string Raw(FilterToken token) => _text.Substring(token.Start, token.Length);

    private MlflowRefusal Invalid(FilterToken token) =>
        FilterLexer.Invalid(token.Kind == FilterTokenKind.End ? $"{_text} (it ends too early)" : Raw(token));

    private FilterClause ReadClause()
    {
        if (Peek.Kind is FilterTokenKind.Number or FilterTokenKind.Text && !Peek.IsQuotedKey)
        {
            throw _tokens[_next + 1].Kind == FilterTokenKind.Operator
                ? MlflowRefusal.Invalid($"Invalid comparison clause. Expected 'Identifier' found '{MlflowRules.Shorten(Raw(Peek))}'")
                : Invalid(Peek);
        }
        var (entity, key) = ReadIdentifier();
        if (TakeWord("IS"))
        {
            var not = TakeWord("NOT");
            return TakeWord("NULL")
                ? new FilterClause(entity, key, not ? FilterOperator.IsNotNull : FilterOperator.IsNull, not ? "IS NOT NULL" : "IS NULL", [])
                : throw Invalid(Peek);
        }
        if (TakeWord("NOT"))
        {
            return TakeWord("IN") ? new FilterClause(entity, key, FilterOperator.NotIn, "NOT IN", ReadList()) : throw Invalid(Peek);
        }
        if (TakeWord("IN"))
        {
            return new FilterClause(entity, key, FilterOperator.In, "IN", ReadList());
        }
        if (TakeWord("LIKE"))
        {
            return new FilterClause(entity, key, FilterOperator.Like, "LIKE", [ReadValue()]);
        }
        if (TakeWord("ILIKE"))
        {
            return new FilterClause(entity, key, FilterOperator.ILike, "ILIKE", [ReadValue()]);
        }
        var sign = Take();
        return sign.Kind == FilterTokenKind.Operator
            ? new FilterClause(entity, key, OperatorOf(sign.Text), sign.Text, [ReadValue()])
            : throw Invalid(sign);
    }

    /// <summary>The part before the first dot is the entity; either part may be quoted, and the key may hold dots.</summary>
    private (string? Entity, string Key) ReadIdentifier()
    {
        var token = Take();
        if (token.IsQuotedKey)
        {
            return ReadAfterQuoted(token);
        }
        if (token.Kind != FilterTokenKind.Word)
        {
            throw Invalid(token);
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
        if (key.Length == 0 && Peek.IsQuotedKey && Peek.Start == token.End)
        {
            key = Take().Text;
        }
        return key.Length == 0 ? throw Invalid(token) : (entity, key);
    }

    /// <summary><c>`metric`.a</c> has a quoted entity, <c>`Run name`</c> is a key alone, and <c>`metrics.a`</c> is neither.</summary>
    private (string? Entity, string Key) ReadAfterQuoted(FilterToken quoted)
    {
        var next = Peek;
        if (next.Kind == FilterTokenKind.Word && next.Start == quoted.End && next.Text[0] == '.')
        {
            _next++;
            var key =
                next.Text.Length > 1 ? next.Text[1..]
                : Peek.IsQuotedKey && Peek.Start == next.End ? Take().Text
                : throw Invalid(next);
            return (quoted.Text, key);
        }
        var dot = quoted.Text.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 || quoted.Kind != FilterTokenKind.Quoted
            ? (null, quoted.Text)
            : ($"`{quoted.Text[..dot]}", quoted.Text[(dot + 1)..]);
    }

    private static FilterOperator OperatorOf(string sign) =>
        sign switch
        {
            "=" => FilterOperator.Equal,
            "!=" => FilterOperator.NotEqual,
            "<" => FilterOperator.Less,
            "<=" => FilterOperator.LessOrEqual,
            ">" => FilterOperator.Greater,
            ">=" => FilterOperator.GreaterOrEqual,
            _ => FilterOperator.Unknown,
        };

    private FilterValue ReadValue()
    {
        var token = Take();
        return token.Kind switch
        {
            FilterTokenKind.Text => Quoted(token),
            FilterTokenKind.Number when double.TryParse(token.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) =>
                new FilterValue(token.Text, number, IsQuoted: false),
            FilterTokenKind.Word when !s_keywords.Contains(token.Text) => new FilterValue(token.Text, null, IsQuoted: false),
            FilterTokenKind.Quoted => new FilterValue(Raw(token), null, IsQuoted: false),
            _ => throw Invalid(token),
        };
    }

    private static FilterValue Quoted(FilterToken token) => new(token.Text, null, IsQuoted: true) { IsDoubleQuoted = token.DoubleQuoted };

    private List<FilterValue> ReadList()
    {
        var open = Take();
        if (open.Kind != FilterTokenKind.Open)
        {
            throw Invalid(open);
        }
        var values = new List<FilterValue>();
        while (Peek.Kind != FilterTokenKind.Close)
        {
            var token = Take();
            if (token.Kind != FilterTokenKind.Text)
            {
                throw MlflowRefusal.Invalid(
                    $"While parsing a list in the query, expected string value, punctuation, or whitespace, but got different type in list: {MlflowRules.Shorten(_text[open.Start..])}"
                );
            }
            values.Add(Quoted(token));
            if (Peek.Kind == FilterTokenKind.Comma)
            {
                Take();
            }
            else if (Peek.Kind != FilterTokenKind.Close)
            {
                throw Invalid(Peek);
            }
        }
        Take();
        return values.Count > 0
            ? values
            : throw MlflowRefusal.Invalid(
                "While parsing a list in the query, expected a non-empty list of string values, but got empty list"
            );
    }
}
